import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ExperimenterError } from '../../../../src/domain/errors.ts';
import { environmentVariable, leaves } from '../../../../src/infrastructure/config/schema/schema.ts';
import { load, minimal, refusal, temporaryFolder } from '../../../support/configurations.ts';

const keys = [...leaves()].map(([path]) => path);
const forbidden = ['__proto__', 'constructor', 'prototype'];
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !forbidden.includes(text) && !/\p{Cc}/u.test(text) && text.isWellFormed());
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const attempt = (assignment: string): unknown => {
  try {
    load(minimal({ custom: { a: {} } }), { set: [assignment] });
    return 'accepted';
  } catch (error) {
    return error instanceof ExperimenterError ? error.code : error;
  }
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('for all', () => {
  it('misspelt keys: refused by name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(20), fc.constantFrom('x', 'é', ' ', ''), (path, at, letter) => {
        const right = path.at(-1) ?? '';
        const place = at % right.length;
        const wrong = right.slice(0, place) + letter + right.slice(place + (letter === '' ? 1 : 0));
        const siblings = keys.filter(
          (other) => other.length === path.length && other.slice(0, -1).join('.') === path.slice(0, -1).join('.'),
        );
        fc.pre(wrong !== '' && !siblings.some((other) => other.at(-1) === wrong));
        const value: unknown = path.length === 1 ? {} : 1;
        const section = path.slice(0, -1).reduceRight((inner, key) => ({ [key]: inner }), { [wrong]: value });
        const { code, message } = refusal({ ...minimal(), ...section });
        expect(code).toBe('CONFIG_INVALID');
        expect(message).toContain(/^[\p{L}]+$/u.test(wrong) ? `${wrong}: found an unknown key` : JSON.stringify(wrong));
        expect(message).toMatch(right.length > 3 ? /did you mean [\w.]+\?/ : /allowed/);
      }),
      { numRuns: 300 },
    );
  });

  it('--set of whatever path: accepted or refused, and no prototype touched', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const segment = fc.oneof(
      fc.constantFrom(...forbidden, 'custom', 'runner', 'table', 'keyfields', 'toString', 'hasOwnProperty', '', 'a'),
      name,
    );
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1, maxLength: 5 }),
        fc.oneof(
          json.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (path, value) => {
          expect(['accepted', 'CONFIG_INVALID']).toContain(attempt(`${path.join('.')}=${value}`));
          expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('--set of any value inside custom: it arrives', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(load(minimal(), { set: [`custom.x=${JSON.stringify(value)}`] }).custom).toEqual({ x: value });
        expect(load(minimal(), { env: { TS_EXPERIMENTER_CUSTOM: JSON.stringify({ x: value }) } }).custom).toEqual({
          x: value,
        });
      }),
      { numRuns: 100 },
    );
  });

  it('data: printed as JSON or YAML and read again it is the same', () => {
    using folder = temporaryFolder();
    fc.assert(
      fc.property(fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true }), (custom) => {
        const settings = minimal({ custom });
        expect(load(folder.write('a.json', JSON.stringify(settings))).custom).toEqual(custom);
        expect(load(folder.write('b.json', JSON.stringify(settings, null, '\t'))).custom).toEqual(custom);
        expect(load(folder.write('c.yml', stringify(settings, { aliasDuplicateObjects: false }))).custom).toEqual(
          custom,
        );
      }),
      { numRuns: 100 },
    );
  });

  it('texts: a file of it is accepted or refused with CONFIG_INVALID, and JSON only where JSON.parse agrees', () => {
    using folder = temporaryFolder();
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"b"',
        '1',
        '-0.5e3',
        'true',
        'null',
        ' ',
        '\n',
        "'",
        '\\',
        '"',
        '*a',
        '&a',
        '!t',
        '-',
        '#',
        '//',
        '01',
      ),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = `{"custom":${parts.join('')}}`;
        expect(refusal(folder.write('a.yml', text)).code).toBe('CONFIG_INVALID');
        const { code, message } = refusal(folder.write('a.json', text));
        expect(code).toBe('CONFIG_INVALID');
        // A key that stands twice and a number beyond a double are JSON to JSON.parse, and none to us: found in either.
        const ours = /stands here twice|too large for a double/.test(message);
        expect(/^[^\n]*a\.json:\d+:\d+: /.test(message)).toBe(ours || !isJson(text));
      }),
      { numRuns: 400, examples: [[['-0.5e3', '01', '1', '{']], [['-0.5e3', '01', '1']]] },
    );
  });
});

describe('every key', () => {
  it('has words, a default its own check accepts, and an environment variable of its own', () => {
    for (const [path, leaf] of leaves()) {
      expect(leaf.doc).toMatch(/^[^\n]{4,}\.$/s);
      expect(leaf.default === null || leaf.type.accepts(leaf.default)).toBe(true);
      expect(environmentVariable(path)).toMatch(/^TS_EXPERIMENTER_[A-Z_]+$/);
    }
    expect(new Set(keys.map(environmentVariable)).size).toBe(keys.length);
  });
});
