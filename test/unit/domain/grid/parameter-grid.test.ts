import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from '../../../../src/domain/values/column.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import type { GridInput } from '../../../../src/domain/grid/grid.ts';
import type { StudyDefinition } from '../../../../src/domain/study/study-definition.ts';
import { hasCode } from '../../../../src/domain/errors.ts';
import { combinations, gridSize } from '../../../../src/domain/grid/combinations.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';

const svm = defineStudy({
  table: 'svm',
  keyfields: { dataset: 'VARCHAR(20)', kernel: 'VARCHAR(20)', gamma: 'DOUBLE', seed: 'INT' },
});

const grid = (keyfields: Record<string, unknown>, rest: Record<string, unknown> = {}): GridInput =>
  ({ keyfields, ...rest }) as unknown as GridInput;

const example = grid(
  {
    dataset: { type: 'VARCHAR(20)', values: ['iris', 'wine'] },
    kernel: { values: ['linear', 'rbf', 'poly'] },
    gamma: { values: { logspace: [0.001, 1, 4] }, when: { kernel: ['rbf', 'poly'] } },
    seed: { values: { start: 0, stop: 5 } },
  },
  { exclude: [{ dataset: 'wine', kernel: 'poly' }] },
);

const rows = (study: StudyDefinition, input: GridInput): readonly Row[] => [
  ...combinations(study, defineGrid(study, input)),
];
const texts = (study: StudyDefinition, input: GridInput): readonly string[] =>
  rows(study, input).map((row) => Object.values(row).join(' '));

const refused = (study: StudyDefinition, input: GridInput): readonly string[] => {
  try {
    defineGrid(study, input);
  } catch (error) {
    if (!hasCode(error, 'STUDY_INVALID')) throw error;
    return (error as Error).message.split('\n');
  }
  throw new Error('accepted');
};

const three = defineStudy({ table: 't', keyfields: { a: 'INT', b: 'INT', c: 'INT' } });

describe('combinations', () => {
  it('are the product of the values, the first keyfield slowest', () => {
    const input = grid({ a: { values: [1, 2] }, b: { values: [3, 4] }, c: { values: [5, 6] } });
    expect(texts(three, input)).toEqual(['1 3 5', '1 3 6', '1 4 5', '1 4 6', '2 3 5', '2 3 6', '2 4 5', '2 4 6']);
  });

  it('follow another nesting if told to, PyExperimenter’s for one', () => {
    const input = grid(
      { a: { values: [1, 2] }, b: { values: [3, 4] }, c: { values: [5, 6] } },
      { nesting: ['c', 'a', 'b'] },
    );
    expect(texts(three, input)).toEqual(['1 3 5', '1 4 5', '2 3 5', '2 4 5', '1 3 6', '1 4 6', '2 3 6', '2 4 6']);
    expect(Object.keys(rows(three, input)[0] ?? {})).toEqual(['a', 'b', 'c']);
  });

  it('have null once where a condition does not hold, and leave out the excluded', () => {
    const all = rows(svm, example);
    // iris: linear 1, rbf 4, poly 4; wine: linear 1, rbf 4; each with five seeds.
    expect(all).toHaveLength(14 * 5);
    expect(gridSize(svm, defineGrid(svm, example))).toBe(70);
    expect(all.slice(0, 6)).toEqual([
      ...[0, 1, 2, 3, 4].map((seed) => ({ dataset: 'iris', kernel: 'linear', gamma: null, seed })),
      { dataset: 'iris', kernel: 'rbf', gamma: 0.001, seed: 0 },
    ]);
    expect(all.filter(({ kernel, gamma }) => (kernel === 'linear') !== (gamma === null))).toEqual([]);
    expect(all.some(({ dataset, kernel }) => dataset === 'wine' && kernel === 'poly')).toBe(false);
  });

  it('take conditions on later keyfields and on conditional ones', () => {
    const input = grid({
      a: { values: [1, 2], when: { c: 6 } },
      b: { values: [3, 4], when: { a: [2, null] } },
      c: { values: [5, 6] },
    });
    expect(texts(three, input)).toEqual([' 3 5', ' 4 5', '1  6', '2 3 6', '2 4 6']);
  });

  it('have each value once, as the column gives it back', () => {
    const study = defineStudy({ table: 't', keyfields: { a: 'INT', flag: 'BOOL', j: 'JSON', d: 'DATETIME' } });
    const input = grid({
      a: { values: [1, '1', true, null, '02'] },
      flag: { values: ['true', 0] },
      j: { values: [{ x: [1] }] },
      d: { values: [new Date(0)] },
    });
    expect(rows(study, input).map(({ a, flag }) => [a, flag])).toEqual(
      [1, null, 2].flatMap((a) => [
        [a, true],
        [a, false],
      ]),
    );
    expect(rows(study, input)[0]).toEqual({ a: 1, flag: true, j: { x: [1] }, d: '1970-01-01 00:00:00' });
  });

  it('are none for a grid without values, to be filled from code', () => {
    const empty = defineGrid(three, grid({}));
    expect([...combinations(three, empty)]).toEqual([]);
    expect(gridSize(three, empty)).toBe(0);
  });

  it('are lazy, can be asked for again, and do not share rows', () => {
    const study = defineStudy({ table: 't', keyfields: { a: 'INT', b: 'INT', c: 'INT', d: 'INT' } });
    const field = { values: { start: 0, stop: 30_000 } };
    const huge = defineGrid(study, grid({ a: field, b: field, c: field, d: field }));
    expect(gridSize(study, huge)).toBe(30_000 ** 4);
    const iterable = combinations(study, huge);
    for (let time = 0; time < 2; time += 1) {
      const [one, two] = iterable;
      expect([one, two]).toEqual([
        { a: 0, b: 0, c: 0, d: 0 },
        { a: 0, b: 0, c: 0, d: 1 },
      ]);
    }
  });

  it('come a million, one by one', () => {
    const study = defineStudy({ table: 't', keyfields: { a: 'INT', b: 'DOUBLE', c: 'VARCHAR(9)', d: 'INT' } });
    const tens = { values: { start: 0, stop: 10 } };
    const million = defineGrid(study, grid({ a: tens, b: tens, c: tens, d: { values: { start: 0, stop: 1000 } } }));
    let count = 0;
    for (const row of combinations(study, million)) count += row['d'] === null ? 0 : 1;
    expect(count).toBe(1_000_000);
  });
});

describe('defineGrid', () => {
  it('gives plain data that crosses threads', () => {
    const defined = defineGrid(svm, example);
    expect(structuredClone(defined)).toEqual(defined);
    expect(defined).toMatchObject({
      nesting: ['dataset', 'kernel', 'gamma', 'seed'],
      exclude: [{ dataset: ['wine'], kernel: ['poly'] }],
    });
  });

  it('keeps defaults as the column gives them back', () => {
    expect(defineGrid(three, grid({ a: { default: '7' } })).keyfields['a']).toEqual({ default: 7 });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'a scalar',
      { a: { values: 5 } },
      {},
      'table.keyfields.a.values: found 5 (number); allowed is a list, also of one value: [5], or a range',
    ],
    ['an empty list', { a: { values: [] } }, {}, 'table.keyfields.a.values: found an empty list'],
    [
      'an empty range',
      { a: { values: { start: 1, stop: 1 } } },
      {},
      'table.keyfields.a.values: the range from 1 to 1 by 1 is empty',
    ],
    [
      'a value the column refuses',
      { a: { values: [1, 'x'] } },
      {},
      'table.keyfields.a.values[1]: a (INT) cannot hold "x" (string)',
    ],
    [
      'a range the column refuses',
      { a: { values: { start: 0, stop: 1, step: 0.5 } } },
      {},
      'table.keyfields.a.values[1]: a (INT) cannot hold 0.5',
    ],
    [
      'a default the column refuses',
      { a: { values: [1], default: 'x' } },
      {},
      'table.keyfields.a.default: a (INT) cannot hold "x"',
    ],
    ['a misspelt key', { a: { value: [1] } }, {}, 'table.keyfields.a.value: no such key (did you mean values?)'],
    [
      'an unknown keyfield',
      { aa: { values: [1] } },
      {},
      'table.keyfields.aa: no keyfield of the study (did you mean a?)',
    ],
    ['a keyfield that is no map', { a: [1, 2] }, {}, 'table.keyfields.a: found [1, 2] (array)'],
    ['a condition on nothing', { a: { when: {} } }, {}, 'table.keyfields.a.when: found {} (object); allowed is a map'],
    [
      'a condition on an unknown keyfield',
      { a: { when: { x: 1 } } },
      {},
      'table.keyfields.a.when.x: no keyfield of the study',
    ],
    [
      'a condition on a missing value',
      { a: { when: { b: 9 } } },
      {},
      'table.keyfields.a.when.b: found 9, which is no value of b; its values are 1, 2',
    ],
    ['a condition of no values', { a: { when: { b: [] } } }, {}, 'table.keyfields.a.when.b: found an empty list'],
    [
      'a condition on itself',
      { a: { when: { a: 1 } } },
      {},
      'table.keyfields: the conditions of a depend on each other',
    ],
    [
      'a cycle',
      { a: { when: { b: 1 } }, b: { when: { c: 1 } }, c: { when: { a: 1 } } },
      {},
      'the conditions of a, b, c depend',
    ],
    ['an exclusion of nothing', {}, { exclude: [{}] }, 'table.exclude[0]: found {} (object)'],
    [
      'an exclusion of an unknown keyfield',
      {},
      { exclude: [{ a: 1 }, { cc: 1 }] },
      'table.exclude[1].cc: no keyfield of the study (did you mean c?)',
    ],
    [
      'an exclusion of a missing value',
      {},
      { exclude: [{ a: [1, 7] }] },
      'table.exclude[0].a[1]: found 7, which is no value of a',
    ],
    [
      'an exclusion of null where there is none',
      {},
      { exclude: [{ a: null }] },
      'table.exclude[0].a: found null, which is no value of a',
    ],
    ['exclusions that are no list', {}, { exclude: { a: 1 } }, 'table.exclude: found {a} (object)'],
    [
      'a nesting that leaves one out',
      {},
      { nesting: ['a', 'b'] },
      'nesting: found a, b; allowed is every keyfield once: a, b, c',
    ],
  ])('refuses %s', (_, changes, rest, words) => {
    const names = ['a', 'b', 'c'];
    const fields: Record<string, unknown> = { ...changes };
    for (const name of names) {
      const change = changes[name];
      fields[name] = Array.isArray(change) ? change : { values: [1, 2], ...(change as object | undefined) };
    }
    const problems = refused(three, grid(fields, rest));
    expect(problems.filter((line) => line.includes(words))).toHaveLength(1);
  });

  it('wants values for every keyfield or for none', () => {
    expect(refused(three, grid({ a: { values: [1] }, b: {} }))).toEqual(
      ['b', 'c'].map(
        (name) =>
          `table.keyfields.${name}.values: found none; allowed is a list or a range, because other keyfields have values`,
      ),
    );
    expect(refused(three, grid({ a: { when: { b: 1 } } }, { exclude: [{ b: 1 }] }))).toEqual([
      'table.keyfields.a.when: found a condition, but no keyfield has values',
      'table.exclude: found conditions, but no keyfield has values',
    ]);
  });

  it('stops complaining about one keyfield after a few values, and goes on to the next', () => {
    const words = Array.from({ length: 1000 }, () => 'x');
    expect(refused(three, grid({ a: { values: words }, b: { values: words }, c: { values: [1] } }))).toHaveLength(10);
  });
});

/** A grid of up to five keyfields with conditions and exclusions, and what it must come to: the product, filtered. */
const arbitraryGrid = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }),
    conditions: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 4 }),
    exclusions: fc.array(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 2 }), { maxLength: 3 }),
  })
  .map(({ counts, conditions, exclusions }) => {
    const names = counts.map((_, index) => `k${index}`);
    const fields: Record<string, { values: readonly number[]; when?: Record<string, number> }> = {};
    for (const [index, name] of names.entries())
      fields[name] = { values: Array.from({ length: counts[index] ?? 1 }, (_, value) => value) };
    for (const [on, of, value] of conditions) {
      // Only towards smaller names, either way round in the order of the study: never a cycle.
      const [low, high] = [
        Math.min(on % names.length, of % names.length),
        Math.max(on % names.length, of % names.length),
      ];
      const field = fields[names[high] ?? ''];
      if (low !== high && field) field.when = { ...field.when, [names[low] ?? '']: value % (counts[low] ?? 1) };
    }
    const exclude = exclusions.map((terms) =>
      Object.fromEntries(
        terms.map(([name, value]) => [names[name % names.length] ?? '', value % (counts[name % names.length] ?? 1)]),
      ),
    );
    return { names, fields, exclude };
  });

describe('a grid', () => {
  it('is the filtered product, each combination once, and as many as counted', () => {
    fc.assert(
      fc.property(arbitraryGrid, fc.boolean(), ({ names, fields, exclude }, backwards) => {
        const order = backwards ? names.toReversed() : names;
        const study = defineStudy({ table: 't', keyfields: Object.fromEntries(order.map((name) => [name, 'INT'])) });
        const keyfields = Object.fromEntries(names.map((name) => [name, fields[name]]));
        const defined = defineGrid(study, grid(keyfields, { exclude }));
        const built = [...combinations(study, defined)].map((row) => JSON.stringify(row));

        let expected: Record<string, Value>[] = [{}];
        for (const name of names) {
          expected = expected.flatMap((row) => {
            const { values = [], when = {} } = fields[name] ?? {};
            const active = Object.entries(when).every(([other, value]) => row[other] === value);
            return (active ? values : [null]).map((value) => ({ ...row, [name]: value }));
          });
        }
        const left = expected.filter(
          (row) => !exclude.some((terms) => Object.entries(terms).every(([name, value]) => row[name] === value)),
        );
        const wanted = left.map((row) => JSON.stringify(Object.fromEntries(order.map((name) => [name, row[name]]))));
        expect([...built].sort()).toEqual([...wanted].sort());
        expect(gridSize(study, defined)).toBe(wanted.length);
        if (!backwards) expect(built).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });
});
