import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFields, planOf } from '../../../../src/application/study/plan.ts';
import type { Row, Value } from '../../../../src/domain/values/column.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import type { GridInput } from '../../../../src/domain/grid/grid.ts';
import { gridMembership } from '../../../../src/domain/grid/levels.ts';
import { gridSteps } from '../../../../src/domain/grid/combinations.ts';
import { combinations, gridSize } from '../../../../src/domain/grid/combinations.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';

const study = defineStudy({
  table: 'svm',
  keyfields: { dataset: 'VARCHAR(20)', kernel: 'VARCHAR(20)', gamma: 'DOUBLE', seed: 'INT' },
});

const grid = defineGrid(study, {
  keyfields: {
    dataset: { values: ['iris', 'wine'] },
    kernel: { values: ['linear', 'rbf', 'poly'] },
    gamma: { values: [0.1, 1], when: { kernel: ['rbf', 'poly'] } },
    seed: { values: { start: 0, stop: 5 } },
  },
  exclude: [
    { dataset: 'wine', kernel: 'poly' },
    { kernel: 'poly', gamma: 1 },
  ],
});

const rows = [...combinations(study, grid)];

/** A table with these rows, ids from 1. */
const table = (content: readonly (readonly [Row, string])[], attempts: readonly (readonly Value[])[] = []) => ({
  pages: (async function* () {
    yield content.map(([row, status], at): Value[] => [
      at + 1,
      status,
      ...planFields(study)
        .slice(2)
        .map((name) => row[name] ?? null),
    ]);
  })(),
  attempts: (async function* () {
    yield attempts;
  })(),
});

/** A done attempt that took so long, by its `durationFields`. */
const attempt = (experimentId: number, seconds: number, outcome = 'done', superseded = false): readonly Value[] => [
  experimentId,
  outcome,
  superseded,
  '2026-01-01 00:00:00.000',
  new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString().replace('T', ' ').replace('Z', ''),
];

describe('the steps of a grid', () => {
  it('say what each condition and exclusion removes, after those before it', () => {
    expect(gridSteps(study, grid)).toEqual({
      product: 2 * 3 * 2 * 5,
      steps: [
        { kind: 'when', keyfield: 'gamma', condition: { kernel: ['rbf', 'poly'] }, removed: 10 },
        { kind: 'exclude', condition: { dataset: ['wine'], kernel: ['poly'] }, removed: 10 },
        { kind: 'exclude', condition: { kernel: ['poly'], gamma: [1] }, removed: 5 },
      ],
      size: 35,
    });
    expect(rows).toHaveLength(35);
  });
});

describe('membership', () => {
  it('has exactly the combinations of the grid, for any grid', () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values, values, values, fc.boolean(), fc.boolean(), (a, b, c, conditional, excluding) => {
        const small = defineStudy({ table: 't', keyfields: { a: 'INT', b: 'INT', c: 'INT' } });
        const input: GridInput = {
          keyfields: {
            a: { values: a },
            b: { values: b, ...(conditional && { when: { a: a[0] } }) },
            c: { values: c },
          },
          ...(excluding && { exclude: [{ b: b[0], c: c[0] }] }),
        };
        const given = defineGrid(small, input);
        const has = gridMembership(small, given);
        const member = new Set([...combinations(small, given)].map((row) => JSON.stringify([row.a, row.b, row.c])));
        const candidates: Value[] = [0, 1, 2, 3, null];
        for (const x of candidates)
          for (const y of candidates)
            for (const z of candidates) expect(has({ a: x, b: y, c: z })).toBe(member.has(JSON.stringify([x, y, z])));
        expect(gridSize(small, given)).toBe(member.size);
      }),
    );
  });
});

it('has no combination with what a keyfield would refuse, which another program can have written', () => {
  const small = defineStudy({ table: 't', keyfields: { a: 'INT', b: 'JSON' } });
  const has = gridMembership(small, defineGrid(small, { keyfields: { a: { values: [1] }, b: { values: [[1]] } } }));
  expect(has({ a: 1, b: [1] })).toBe(true);
  for (const [a, b] of [
    ['text', [1]],
    [1.5, [1]],
    [1, 'x'],
    [1, [Number.NaN]],
  ] as const)
    expect(has({ a, b })).toBe(false);
});

describe('a plan', () => {
  it('of a study without tables adds the grid', async () => {
    const plan = await planOf(study, grid, 2, undefined);
    expect(plan).toMatchObject({ add: 35, keep: 0, orphaned: 0, open: 35, measured: 0 });
    expect(plan.expected).toBeUndefined();
  });

  it('tells what is there, what is orphaned, and what is open after a fill', async () => {
    const orphan: Row = { dataset: 'wine', kernel: 'poly', gamma: 0.1, seed: 0 };
    const content = rows.slice(0, 10).map((row, at) => [row, at < 6 ? 'done' : at < 8 ? 'error' : 'created'] as const);
    const plan = await planOf(study, grid, 2, table([...content, [orphan, 'created'], [orphan, 'done']]));
    expect(plan).toMatchObject({ add: 25, keep: 10, orphaned: 2, orphanIds: [11, 12], open: 25 + 2 + 1 });
  });

  it('expects the durations of comparable done attempts', async () => {
    const content = rows.map((row, at) => [row, at % 5 === 4 ? 'created' : 'done'] as const);
    const attempts = content.flatMap(([row, status], at) => [
      attempt(at + 1, 500, 'done', true),
      attempt(at + 1, 400, 'error'),
      ...(status === 'done' ? [attempt(at + 1, row.dataset === 'wine' ? 20 : 1)] : []),
    ]);
    const plan = await planOf(study, grid, 1, table(content, attempts));
    // 20 iris and 15 wine, every fifth open: 4 × 1 s + 3 × 20 s
    expect(plan).toMatchObject({ add: 0, open: 7, measured: 28 });
    expect(plan.expected).toEqual({ low: 64, high: 64, by: 'dataset', unmeasured: 0 });
  });

  it('of a study filled from code leaves nothing orphaned', async () => {
    const none = defineGrid(study, { keyfields: {} });
    const plan = await planOf(study, none, 1, table(rows.map((row) => [row, 'created'] as const)));
    expect(plan).toMatchObject({ add: 0, keep: 35, orphaned: 0, open: 35 });
  });
});
