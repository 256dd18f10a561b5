import { describe, expect, it } from 'vitest';
import { CsvFormat } from '../../../../src/infrastructure/text/csv.ts';

describe('CSV', () => {
  const columns = [
    { name: 'number', numeric: true },
    { name: 'text', numeric: false },
    { name: 'json', numeric: false, json: true },
  ];
  const csv = new CsvFormat(columns, false);

  it('quotes as RFC 4180 says; NULL is nothing, an empty text is ""', () => {
    expect(csv.header()).toBe('number,text,json\r\n');
    expect(csv.row([1.5, 'a "b", c\nd', '{"x":["="]}'])).toBe('1.5,"a ""b"", c\nd","{""x"":[""=""]}"\r\n');
    expect(csv.row([null, '', null])).toBe(',"",\r\n');
    expect(csv.row([9007199254740993n, 'é', '"x"'])).toBe('9007199254740993,é,"""x"""\r\n');
  });

  it.each(['=1', '+1', '-1+cmd', '@x', '\tx', '\rx', '\nx', '\0x', '  =1', '\uFEFF=1', '＝1', '＋1', '－1', '＠1'])(
    'keeps a spreadsheet from executing %j',
    (text) => {
      const raw = new CsvFormat([{ name: 'text', numeric: false }], true).row([text]);
      const safe = new CsvFormat([{ name: 'text', numeric: false }], false).row([text]);
      const unquoted = (cell: string) => cell.slice(0, -2).replace(/^"([^]*)"$/, '$1');
      expect(unquoted(raw)).toBe(text);
      expect(unquoted(safe)).toBe(`'${text}`);
    },
  );

  it('leaves typed numbers alone, also those that come as text', () => {
    expect(csv.row([-1.5, '-1.5', -1])).toBe("-1.5,'-1.5,-1\r\n");
    expect(csv.row(['-12345678901234567890.5', 'x', null])).toBe('-12345678901234567890.5,x,\r\n');
    expect(csv.row(['-1+cmd', 'x', null])).toBe("'-1+cmd,x,\r\n");
  });

  it('is safe in its header, too', () => {
    expect(new CsvFormat([{ name: '=x', numeric: true }], false).header()).toBe("'=x\r\n");
  });
});
