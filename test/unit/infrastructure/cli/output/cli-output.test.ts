import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../../src/domain/values/column-type.ts';
import { aligned } from '../../../../../src/infrastructure/cli/output/aligned.ts';
import { CsvFormat } from '../../../../../src/infrastructure/text/csv.ts';
import { DataOut } from '../../../../../src/infrastructure/cli/output/data-out.ts';
import { jsonText, StoredJson, withStoredJson } from '../../../../../src/domain/values/value-text.ts';
import { cut, displayWidth, plain, plainLines } from '../../../../../src/infrastructure/text/terminal-text.ts';
import { counted, duration, rate } from '../../../../../src/infrastructure/text/format.ts';

describe('JSON', () => {
  it('writes numbers out exactly', () => {
    expect(jsonText({ big: 9007199254740993n, zero: -0, tiny: 5e-324, list: [1n, null, true], none: undefined })).toBe(
      '{"big":9007199254740993,"zero":-0,"tiny":5e-324,"list":[1,null,true]}',
    );
  });

  it('has a text for what JSON has no number for', () => {
    expect(jsonText([Number.NaN, Number.NEGATIVE_INFINITY])).toBe('["NaN","-Infinity"]');
  });

  it('is what JSON.stringify writes for everything else', () => {
    const value = { 'a "b"': ['\u2028', '\ud800', 1.5e300], ['__proto__']: { x: {} }, date: new Date(0) };
    expect(jsonText(value)).toBe(JSON.stringify(value));
  });
});

describe('stored JSON', () => {
  const written = (text: string) => jsonText({ a: new StoredJson(text) });

  it('keeps every digit, in one line, safe for a terminal', () => {
    expect(written('{"n": 1764417600123456789, "x": 1.0}')).toBe('{"a":{"n": 1764417600123456789, "x": 1.0}}');
    expect(written('[\n1e400,\r\n"\u009b"]')).toBe('{"a":[ 1e400, "\\u009b"]}');
  });

  it('is a text where another program wrote what is no JSON', () => {
    for (const text of ['{"loss": NaN}', '', '1 2', "x'00ff'"]) expect(JSON.parse(written(text))).toEqual({ a: text });
  });

  it('takes the place of a value in a row', () => {
    const columns = [
      { name: 'a', type: parseColumnType('JSON') },
      { name: 'b', type: parseColumnType('TEXT') },
    ];
    expect(jsonText(withStoredJson({ a: '[1.0]', b: '[1.0]' }, columns))).toBe('{"a":[1.0],"b":"[1.0]"}');
    expect(jsonText(withStoredJson({ a: null, b: null }, columns))).toBe('{"a":null,"b":null}');
  });
});

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

describe('text for terminals', () => {
  it('cannot drive one', () => {
    expect(plain('a\u001b[2Jb\u001b]0;title\u0007c\nd\te')).toBe('abc d e');
    expect(plain('\u202etxt\u009b31m')).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(plainLines('a\u001b[31m\r\n\tb')).toBe('a\n  b');
  });

  it('is measured and cut by columns', () => {
    expect(displayWidth('aé日本🎉e\u0301')).toBe(9);
    expect([cut('hello', 5), cut('hello', 4), cut('日本語', 4), cut('x', 0)]).toEqual(['hello', 'hel…', '日…', '']);
    expect(cut('x'.repeat(1_000_000), 3)).toBe('xx…');
  });

  it('is aligned and fitted to the terminal', async () => {
    const columns = [{ name: 'ID', right: true }, { name: 'kernel' }, { name: 'error' }];
    const rows = [
      ['1', 'rbf', ''],
      ['10', 'poly\u001b[2J', 'Error: x'],
    ];
    expect(await aligned(columns, rows, undefined)).toEqual(['ID  kernel  error', ' 1  rbf', '10  poly    Error: x']);
    expect(await aligned(columns, rows, 15)).toEqual(['ID  kernel  er…', ' 1  rbf', '10  poly    Er…']);
    expect(await aligned(columns, [], 80)).toEqual(['ID  kernel  error']);
    const many = await aligned(
      [{ name: 'n' }, { name: 'm' }],
      Array.from({ length: 500 }, (_, n) => [String(n), 'x'.repeat(100)]),
      50,
    );
    expect(many).toHaveLength(501);
    expect(Math.max(...many.map((line) => line.length))).toBe(50);
  });
});

describe('words', () => {
  it('are for people', () => {
    expect([counted(1, 'row'), counted(1_234_567, 'row'), counted(0, 'row')]).toEqual([
      '1 row',
      '1,234,567 rows',
      '0 rows',
    ]);
    expect([0.34, 1.94, 59.99, 200, 7500, 270_000].map(duration)).toEqual([
      '340 ms',
      '1.9 s',
      '1m 00s',
      '3m 20s',
      '2h 05m',
      '3d 03h',
    ]);
    expect([1234.5, 41.23, 0.05, 0.0005].map(rate)).toEqual(['1,235/s', '41.2/s', '3/min', '1.8/h']);
  });
});

describe('data on its way out', () => {
  it('waits for a slow reader', async () => {
    const pipe = new PassThrough({ highWaterMark: 1 });
    const out = new DataOut(pipe);
    let written = false;
    const writing = out.write('x'.repeat(100_000)).then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    pipe.resume();
    await writing;
    expect(out.gone).toBe(false);
  });

  const failing = (code: string) =>
    new DataOut(
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) }).on(
        'error',
        () => {},
      ),
    );

  it('stops quietly when the reader has gone, and loudly otherwise', async () => {
    const out = failing('EPIPE');
    await out.line('x');
    await out.flush();
    expect(out.gone).toBe(true);
    await expect(failing('ENOSPC').line('x'.repeat(100_000))).rejects.toThrow('ENOSPC');
  });
});
