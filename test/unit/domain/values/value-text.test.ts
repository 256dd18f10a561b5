import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';
import { jsonText, StoredJson, withStoredJson } from '../../../../src/domain/values/value-text.ts';

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
