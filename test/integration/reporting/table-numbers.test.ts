import { spawn, spawnSync } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/domain/values/column.ts';
import { defineGrid } from '../../../src/domain/grid/define-grid.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { evaluate } from '../../../src/application/evaluation/evaluate.ts';
import { pValue } from '../../../src/domain/statistics/paired-tests.ts';
import type { Estimate } from '../../../src/application/evaluation/statistic.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../../support/databases.ts';
import { endAll } from '../../support/evaluated-study.ts';
import { type DatabaseKind, openKind } from '../../support/study-databases.ts';

/* Every number of a table against test/support/reference-statistics.py, which shares nothing with it. */

const study = defineStudy({
  table: 'numbers',
  keyfields: {
    dataset: 'VARCHAR(20)',
    rate: 'DOUBLE',
    size: 'DECIMAL(10,3)',
    shape: 'JSON',
    flag: 'BOOLEAN',
    day: 'DATETIME',
    seed: 'INT',
  },
  resultfields: { accuracy: 'DOUBLE', hits: 'BIGINT', price: 'DECIMAL(12,4)', fine: 'BOOLEAN' },
});
const grid = defineGrid(study, {
  keyfields: {
    dataset: { values: ['iris', 'wine'] },
    rate: { values: [0.1, 0.30000000000000004] },
    size: { values: [0.125, 3] },
    shape: { values: [[1, 2], { b: 1, a: 'ä' }, 'text'] },
    flag: { values: [true, false], when: { dataset: 'wine' } },
    day: { values: ['2026-01-02 03:04:05'] },
    seed: { values: { start: 0, stop: 9, step: 1 } },
  },
});

/** Numbers that look random and are the same each time, many of them equal. */
const results = (_: Row, id: number): Row => {
  const wild = Math.abs(Math.sin(id * 12.9898) * 43758.5453) % 1;
  return {
    accuracy: id % 3 === 0 ? Math.round(wild * 20) / 20 : 0.9 + wild / 1000,
    hits: BigInt(Math.round(wild * 1e6)) * (id % 7 === 0 ? 10n ** 9n : 1n),
    price: Math.round(wild * 1e8) / 1e4,
    fine: wild > 0.4,
  };
};
const ended = (row: Row, id: number): Row | 'error' => (id % 11 === 0 ? 'error' : results(row, id));

const python = spawnSync('python3', ['--version']).status === 0;
const referenceFile = fileURLToPath(new URL('../../support/reference-statistics.py', import.meta.url));

interface Reference {
  readonly groups: readonly Record<string, number | readonly number[]>[];
  readonly pairs: readonly { readonly wilcoxon: number; readonly t: number }[];
}

const reference = async (question: object): Promise<Reference> => {
  const child = spawn('python3', [referenceFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(question));
  return JSON.parse(await textOf(child.stdout)) as Reference;
};

/** To 1e-12 of its size; absolutely below 1. */
const expectSame = (
  found: Estimate | undefined,
  expected: number | readonly number[] | undefined,
  what: string,
): void => {
  const [one, other] = [found ?? [], expected ?? []].map((figure) => (typeof figure === 'number' ? [figure] : figure));
  expect(one?.length, what).toBe(other?.length);
  for (const [at, value] of (one ?? []).entries()) {
    const wanted = other?.[at] ?? Number.NaN;
    expect(Math.abs(value - wanted), `${what}: ${value} for ${wanted}`).toBeLessThanOrEqual(
      1e-12 * Math.max(1, Math.abs(wanted)),
    );
  }
};

const statistics = ['mean', 'std', 'median', 'q0.1', 'min', 'max', 'count', 'ci'];
const key = (row: Row, fields: readonly string[]): string => JSON.stringify(fields.map((field) => row[field]));

const suite = (kind: () => Promise<DatabaseKind>): void => {
  const prepared = async (): Promise<{ repository: ExperimentRepository; rows: readonly Row[] }> => {
    const repository = await openKind(await kind(), study);
    if (!(await repository.exists())) await endAll(repository, study, grid, ended);
    const rows = (await Array.fromAsync(repository.list())).map((experiment) => experiment.toRow());
    return { repository, rows };
  };

  it.skipIf(!python).each([
    { names: ['accuracy', 'hits', 'price', 'fine'], figures: statistics, seed: undefined },
    { names: ['accuracy'], figures: ['mean', 'bootstrap'], seed: 42 },
  ])('are those of python, group by group: $figures of $names', async ({ names, figures, seed }) => {
    const { repository, rows } = await prepared();
    const [heads, columns] = [['dataset', 'flag'], ['rate']];
    const over = ['size', 'shape', 'day', 'seed'];
    const table = await evaluate(
      { study, grid, repository },
      { rows: heads, columns, over, values: names, statistics: figures, confidence: 0.9, seed: seed ?? 1 },
    );
    const groups = new Map<string, number[]>();
    for (const row of rows.filter(({ status }) => status === 'done')) {
      for (const field of names) {
        const group = `${key(row, [...heads, ...columns])} ${field}`;
        groups.set(group, [...(groups.get(group) ?? []), Number(row[field])]);
      }
    }
    const { groups: expected } = await reference({
      groups: [...groups.values()],
      pairs: [],
      confidence: 0.9,
      ...(seed !== undefined && { seed }),
    });
    const byName = new Map([...groups.keys()].map((group, at) => [group, expected[at]]));
    let compared = 0;
    for (const [row, line] of table.cells.entries()) {
      for (const [column, cells] of line.entries()) {
        for (const [at, { n, estimates, gaps, valueless }] of cells.entries()) {
          const group = `${JSON.stringify([...(table.rows[row] ?? []), ...(table.columns[column] ?? [])])} ${names[at]}`;
          for (const [index, name] of figures.entries())
            expectSame(estimates[index], byName.get(group)?.[name], `${group} ${name}`);
          expect([n + (gaps.unfinished['error'] ?? 0), gaps.absent, valueless]).toEqual([54, 0, 0]);
          compared += 1;
        }
      }
    }
    expect(compared).toBe(6 * names.length);
    await repository.close();
  });

  it.skipIf(!python)('compare pairs as python does', async () => {
    const { repository, rows } = await prepared();
    const text = 'dataset = wine and rate = 0.1 and size = 3 and shape = text';
    const where = parseFilter(text, tableColumnNames(study));
    const table = await evaluate(
      { study, grid, repository },
      {
        rows: [],
        columns: ['flag'],
        over: ['seed'],
        values: ['accuracy', 'price'],
        best: 'max',
        test: 't',
        selection: { where },
      },
    );
    const values = (flag: boolean, field: string) =>
      new Map(
        rows
          .filter(
            (row) => row['dataset'] === 'wine' && row['rate'] === 0.1 && row['size'] === 3 && row['shape'] === 'text',
          )
          .filter((row) => row['flag'] === flag && row['status'] === 'done')
          .map((row) => [row['seed'], Number(row[field])]),
      );
    for (const [at, field] of ['accuracy', 'price'].entries()) {
      const [one, other] = [values(true, field), values(false, field)];
      const pairs = [...one].flatMap(([seed, value]) => (other.has(seed) ? [[value, other.get(seed) ?? 0]] : []));
      expect(pairs.length).toBeGreaterThan(6);
      const [expected] = (await reference({ groups: [], pairs: [pairs], confidence: 0.95 })).pairs;
      expectSame(
        table.cells[0]?.map((cells) => cells[at]?.p).find((p) => p !== undefined),
        expected?.t,
        `t of ${field}`,
      );
      const differences = pairs.map(([value = 0, another = 0]) => value - another);
      expectSame(pValue('wilcoxon', differences), expected?.wilcoxon, `Wilcoxon of ${field}`);
    }
    await repository.close();
  });

  it('take their rows from the database as the grid has them, whatever the type', async () => {
    const { repository } = await prepared();
    const table = await evaluate({ study, grid, repository }, { values: ['accuracy'], over: ['seed'] });
    expect(table.cells.flat(2).map(({ gaps }) => gaps.absent)).toEqual(table.rows.map(() => 0));
    expect(table.rows).toHaveLength(2 * 2 * 3 + 2 * 2 * 3 * 2);
    const fewer = defineGrid(study, {
      keyfields: {
        ...grid.keyfields,
        seed: { values: { start: 0, stop: 12, step: 1 } },
        flag: { values: [true, false], when: { dataset: 'wine' } },
      },
    });
    const wider = await evaluate({ study, grid: fewer, repository }, { values: ['accuracy'], over: ['seed'] });
    expect(wider.cells.flat(2).map(({ gaps }) => gaps.absent)).toEqual(table.rows.map(() => 3));
    await repository.close();
  });
};

describe(`the numbers of a table${python ? '' : ' (python3 is not there: NOT compared with a second implementation)'} on sqlite`, () => {
  const file = `${temporaryDirectory()}/numbers.sqlite`;
  suite(async () => ({ file }));
});

describeOnMysql('the numbers of a table', (server) => {
  const created = createDatabase(server);
  suite(async () => {
    const { name: _, ...database } = await created;
    return database;
  });
});
