import { describe, expect, it } from 'vitest';
import { interpolated } from '../../../../src/infrastructure/config/pyexperimenter/interpolation.ts';
import { load, refusal } from '../../../support/configurations.ts';
import { pyExperimenter } from '../../../support/pyexperimenter.ts';

const environment = {
  NAME: 'studies',
  EMPTY: '',
  COUNT: '4',
  DB_PASSWORD: 'hunter2',
  AWS_SECRET_ACCESS_KEY: 'hunter3',
};
const resolve = (root: unknown) => interpolated(root, { environment, refused: () => undefined });

describe('an interpolation', () => {
  it.each<[string, unknown, unknown]>([
    ['a variable', '${oc.env:NAME}', 'studies'],
    ['an empty variable', '${oc.env:EMPTY,x}', ''],
    ['a variable that is always a text', '${oc.env:COUNT}', '4'],
    ['a variable that is decoded', '${oc.decode:${oc.env:COUNT}}', 4],
    ['a default', '${oc.env:NONE,some where}', 'some where'],
    ['a default in quotes', "${oc.env:NONE,' a, b '}", ' a, b '],
    ['an empty default', '${oc.env:NONE,""}', ''],
    ['null as default', '${oc.env:NONE,null}', null],
    ['a default that is a variable', '${oc.env:NONE,${oc.env:NAME}}', 'studies'],
    ['a variable within a text', '/home/${oc.env:NAME}/data', '/home/studies/data'],
    ['a number', '${n}', 3],
    ['a truth within a text', 'is ${yes}', 'is True'],
    ['nothing within a text', 'is ${no}', 'is None'],
    ['a list', '${list}', [1, 'studies']],
    ['an item of a list', '${list[1]}', 'studies'],
    ['an item by its number', '${list.0}', 1],
    ['an object', '${map}', { a: 'studies', b: 3 }],
    ['a member through another interpolation', '${same.a}', 'studies'],
    ['a key that is interpolated itself', '${map.${letter}}', 'studies'],
    ['what is escaped', String.raw`\${n}`, '${n}'],
    ['what an escaped backslash precedes', String.raw`a\\${'${n}'}`, String.raw`a\3`],
    ['other backslashes', String.raw`a\b ${'${n}'}`, String.raw`a\b 3`],
    ['two in one text', '${n}${n}', '33'],
    ['a text without any', 'a $b {c}', 'a $b {c}'],
  ])('of %s', (_, text, value) => {
    const root = {
      n: 3,
      yes: true,
      no: null,
      letter: 'a',
      list: [1, '${oc.env:NAME}'],
      map: { a: '${oc.env:NAME}', b: '${..n}' },
      same: '${map}',
    };
    expect((resolve({ ...root, text }) as { text: unknown }).text).toEqual(value);
  });

  it('is relative to where it stands', () => {
    expect(resolve({ a: { b: { c: '${.d}', d: 1, e: '${..f}', g: '${...h}' }, f: 2 }, h: 3 })).toEqual({
      a: { b: { c: 1, d: 1, e: 2, g: 3 }, f: 2 },
      h: 3,
    });
  });

  it.each<[string, object, RegExp]>([
    ['itself', { a: '${a}' }, /leads back to itself: a → a$/],
    [
      'itself by way of others',
      { a: 'x${b}', b: '${c.d}', c: { d: '${a}' } },
      /leads back to itself: a → b → c\.d → a$/,
    ],
    ['what contains it', { a: { b: ['${a}'] } }, /leads back to itself: \$\{a\}$/],
    ['what contains it, by way of another', { a: { b: '${c}' }, c: { d: '${a}' } }, /leads back to itself/],
    ['what is not there', { a: '${b.c}' }, /found no value b\.c for \$\{b\.c\}$/],
    ['what every object has', { a: '${b.constructor}', b: {} }, /found no value b\.constructor/],
    ['a prototype', { a: '${__proto__.polluted}' }, /found no value __proto__\.polluted/],
    [
      'an unset variable',
      { a: '${oc.env:NONE}' },
      /the environment variable NONE is not set; set it, or write \$\{oc\.env:NONE,default\}$/,
    ],
    ['a variable that only every object has', { a: '${oc.env:toString}' }, /toString is not set/],
    ['an unknown resolver', { a: '${oc.create:x}' }, /found the resolver oc\.create; allowed oc\.env, oc\.decode/],
    ['nothing that is closed', { a: '${b' }, /is not closed/],
    ['a value that must be given', { a: '???' }, /found \?\?\?/],
  ])('of %s is refused', (_, root, message) => {
    expect(() => resolve(root)).toThrow(message);
  });

  it('cannot grow without end', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `k${index}`,
        index === 0 ? 'x'.repeat(100) : `\${k${index - 1}}\${k${index - 1}}`,
      ]),
    );
    expect(() => resolve(doubling)).toThrow(/interpolations grow beyond|more than 10000 interpolations/);
    const lists = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [
        `k${index}`,
        index === 0 ? [1] : [`\${k${index - 1}}`, `\${k${index - 1}}`],
      ]),
    );
    expect(() => resolve(lists)).toThrow(/more than/);
    const chain = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`k${index}`, index === 0 ? 1 : `\${k${index - 1}}`]),
    );
    expect(() => resolve(chain)).toThrow(/more than 32 interpolations lead from one to the next/);
  });
});

describe('in a configuration', () => {
  const env = { ...environment, TABLE: 'from_environment' };

  it('a variable may name the database, the table and what is in Custom', () => {
    const configuration = load(
      pyExperimenter({
        root: {
          n_jobs: '${oc.decode:${oc.env:COUNT}}',
          Custom: { first: 7, path: '${oc.env:NAME}/x', jobs: '${PY_EXPERIMENTER.n_jobs}' },
        },
        database: { database: '${oc.env:NAME}' },
        table: {
          name: '${oc.env:TABLE}',
          keyfields: { seed: { type: 'INT', values: ['${PY_EXPERIMENTER.Custom.first}', 5] } },
        },
      }),
      { env },
    );
    expect(configuration).toMatchObject({
      runner: { workers: 4 },
      custom: { path: 'studies/x', jobs: 4 },
      grid: { keyfields: { seed: { values: [7, 5] } } },
      study: { table: 'from_environment' },
    });
  });

  it.each<[string, Parameters<typeof pyExperimenter>[0], RegExp]>([
    [
      'is not stored in the database',
      { table: { keyfields: { k: { type: 'VARCHAR(255)', values: ['${oc.env:NAME}'] } } } },
      /keyfields\.k\.values\.0: the environment variable NAME is not read here: what this value says is stored in the database/,
    ],
    [
      'is not stored in the database by way of another key',
      {
        root: { Custom: { name: '${oc.env:NAME}' } },
        table: { keyfields: { k: { type: 'VARCHAR(255)', values: ['${PY_EXPERIMENTER.Custom.name}'] } } },
      },
      /keyfields\.k\.values\.0: the environment variable NAME is not read here/,
    ],
    [
      'that is called like a secret is not shown',
      { root: { Custom: { name: '${oc.env:DB_PASSWORD}' } } },
      /PY_EXPERIMENTER\.Custom\.name: the environment variable DB_PASSWORD is not read here: it is called like a secret/,
    ],
    [
      'that is called like a secret names no table',
      { table: { name: '${oc.env:AWS_SECRET_ACCESS_KEY}' } },
      /Database\.table\.name: the environment variable AWS_SECRET_ACCESS_KEY is not read here/,
    ],
  ])('a variable %s', (_, parts, message) => {
    const error = refusal(pyExperimenter(parts), { env });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('hunter');
  });

  it('a variable that is called like a secret may be in Custom under such a name, which is never printed', () => {
    const parts = { root: { Custom: { service: { api_key: '${oc.env:AWS_SECRET_ACCESS_KEY}' } } } };
    expect(load(pyExperimenter(parts), { env }).custom).toEqual({ service: { api_key: 'hunter3' } });
  });
});
