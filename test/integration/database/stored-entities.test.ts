import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { resultColumns } from '../../../src/domain/study/table-layout.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import type { Row, Value } from '../../../src/domain/values/column.ts';
import { toStored } from '../../../src/domain/values/stored-value.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../../support/databases.ts';
import { type DatabaseKind, openKind } from '../../support/study-databases.ts';

/* Values of every column type pass through the ORM's entities unchanged, under names that mean something to the ORM. */

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', maxLength }).map((value) => value.replaceAll('\0', ''));
const two = (max: number, min = 0) => fc.integer({ min, max }).map((part) => String(part).padStart(2, '0'));
const day = fc.tuple(fc.integer({ min: 1000, max: 9999 }), two(12, 1), two(28, 1)).map((parts) => parts.join('-'));
const clock = fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':'));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.boolean(), text(5), tie('array'), tie('object')),
  array: fc.array(tie('tree'), { maxLength: 3 }),
  object: fc.dictionary(
    text(5).filter((key) => key !== '__proto__'),
    tie('tree'),
    { maxKeys: 3, noNullPrototype: true },
  ),
}));
const whole = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

const types: readonly (readonly [name: string, type: string, fc.Arbitrary<unknown>])[] = [
  ['__helper', 'BOOLEAN', fc.boolean()],
  ['__meta', 'INT', fc.integer()],
  ['toJSON', 'BIGINT', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(whole)],
  ['select', 'DOUBLE', fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)],
  ['stored', 'FLOAT', fc.integer({ min: -9_999, max: 9_999 }).map((value) => value / 8)],
  ['o"d`d\'', 'DECIMAL(12,4)', fc.integer({ min: -99_999_999, max: 99_999_999 }).map((value) => value / 10_000)],
  ['a as b', 'VARCHAR(255)', text(20)],
  ['id2', 'LONGTEXT', text(50)],
  ['$x', 'DATETIME', fc.tuple(day, clock).map((parts) => parts.join(' '))],
  ['keyfields', 'DATE', day],
  ['results', 'TIME', clock],
  ['length', 'JSON', tree],
];

/** A value for each column; result columns are called after the keyfields of the same type. */
const experiment: fc.Arbitrary<{ readonly keyfields: Row; readonly results: Row }> = fc.record({
  keyfields: fc.record(Object.fromEntries(types.map(([name, , value]) => [name, value]))),
  results: fc.record(Object.fromEntries(types.map(([name, , value]) => [`${name}!`, fc.option(value, { freq: 9 })]))),
}) as fc.Arbitrary<{ keyfields: Row; results: Row }>;

const study = (table: string): StudyDefinition =>
  defineStudy({
    table,
    keyfields: { at: 'INT', ...Object.fromEntries(types.map(([name, type]) => [name, type])) },
    resultfields: Object.fromEntries(types.map(([name, type]) => [`${name}!`, type])),
  });

const recordAll = async (repository: SqlRepository, results: readonly Row[]): Promise<void> => {
  const runnerId = newId();
  await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 600);
  const claimed = (await repository.claim({ runnerId, count: results.length })) ?? [];
  const at = '2026-01-01 00:00:00.000';
  const end = { outcome: 'done', status: 'done', error: null, startedAt: at, endedAt: at } as const;
  const { lost, refused } = await repository.record(
    claimed.map(({ experimentId, attemptId, keyfields }) => ({
      experimentId,
      attemptId,
      results: results[Number(keyfields['at'])] ?? {},
      end,
    })),
  );
  expect([...lost, ...refused]).toEqual([]);
};

/** A difference in the last bit, and between -0 and 0, counts. */
const exactly = (row: Row): readonly (readonly [string, Value | undefined])[] => Object.entries(row);

const suite = (kind: () => Promise<DatabaseKind>): void => {
  it('gives back what was filled in and recorded, bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(experiment, { minLength: 1, maxLength: 20 }), async (experiments) => {
        const definition = study(uniqueName());
        const repository = await openKind(await kind(), definition);
        try {
          await repository.prepare();
          const combinations = experiments.map(({ keyfields }, at) => ({ at, ...keyfields }));
          await repository.fill(combinations);
          const stored = ({ results }: { readonly results: Row }): Row =>
            Object.fromEntries(
              resultColumns(definition).map((column) => [column.name, toStored(results[column.name], column)]),
            );
          await recordAll(repository, experiments.map(stored));
          const listed = await Array.fromAsync(repository.list());
          for (const [at, { results }] of experiments.entries()) {
            const found = await repository.find(at + 1);
            expect(exactly(found?.keyfields ?? {})).toStrictEqual(exactly(combinations[at] ?? {}));
            expect(exactly(found?.results ?? {})).toStrictEqual(exactly(results));
            expect(found?.status).toBe('done');
            expect(exactly(found?.toRow() ?? {})).toStrictEqual(exactly(listed[at]?.toRow() ?? {}));
          }
        } finally {
          await repository.close();
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
};

describe('entities on sqlite', () => {
  const file = path.join(temporaryDirectory(), 'entities.sqlite');
  suite(async () => ({ file }));
});

describeOnMysql('entities', (server) => {
  suite(async () => {
    const { name: _, ...database } = await createDatabase(server);
    return database;
  });
});
