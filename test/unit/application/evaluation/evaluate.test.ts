import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../../src/domain/values/column.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import type { GridInput } from '../../../../src/domain/grid/grid.ts';
import { tableColumnNames } from '../../../../src/domain/study/table-layout.ts';
import { parseFilter } from '../../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { evaluate } from '../../../../src/application/evaluation/evaluate.ts';
import type { TableCell } from '../../../../src/application/evaluation/cell.ts';
import type { TableOptions } from '../../../../src/application/evaluation/question.ts';
import { type Ending, endAll } from '../../../support/evaluated-study.ts';
import { MemoryRepository } from '../../../support/memory-repository.ts';

const study = defineStudy({
  table: 'study',
  keyfields: { dataset: 'VARCHAR(20)', kernel: 'VARCHAR(20)', degree: 'INT', seed: 'INT' },
  resultfields: { accuracy: 'DOUBLE', hits: 'BIGINT', fine: 'BOOLEAN', note: 'TEXT' },
});
const fields: GridInput['keyfields'] = {
  dataset: { values: ['iris', 'wine'] },
  kernel: { values: ['linear', 'poly'] },
  degree: { values: [2, 3], when: { kernel: 'poly' } },
  seed: { values: [0, 1, 2, 3, 4] },
};

/** Evaluates a study whose experiments ended as told. */
const evaluated = async (
  options: TableOptions,
  ending: (keyfields: Row, id: number) => Ending,
  {
    grid = defineGrid(study, { keyfields: fields }),
    keep,
  }: { grid?: ReturnType<typeof defineGrid>; keep?: (row: Row) => boolean } = {},
) => {
  const repository = new MemoryRepository(study, { date: () => new Date() });
  await endAll(repository, study, grid, ending, keep);
  return evaluate({ study, grid, repository }, options);
};

/** 0.5 and a tenth for each seed; poly is 0.01 better, and another 0.02 with degree 3. */
const accuracy = ({ kernel, degree, seed }: Row): Ending => ({
  accuracy: 0.5 + Number(seed) / 10 + (kernel === 'poly' ? 0.01 : 0) + (degree === 3 ? 0.02 : 0),
});
const where = (text: string) => ({ where: parseFilter(text, tableColumnNames(study)) });
const rounded = (cell: TableCell | undefined): unknown => [
  cell?.n,
  ...(cell?.estimates ?? []).map((figure) =>
    typeof figure === 'number' ? Number(figure.toFixed(10)) : figure?.map((bound) => Number(bound.toFixed(6))),
  ),
];
const pivot: TableOptions = { rows: ['dataset'], columns: ['kernel'], values: ['accuracy'], over: ['seed'] };

describe('an evaluation table', () => {
  it('has a row and a column for each combination, and aggregates over the rest', async () => {
    const table = await evaluated(pivot, accuracy);
    expect(table.rows).toEqual([['iris'], ['wine']]);
    expect(table.columns).toEqual([['linear'], ['poly']]);
    const deviation = Number(Math.sqrt(0.1 / 4).toFixed(10));
    expect(table.cells.map((line) => line.map(([cell]) => rounded(cell)))).toEqual([
      [
        [5, 0.7, deviation],
        [5, 0.72, deviation],
      ],
      [
        [5, 0.7, deviation],
        [5, 0.72, deviation],
      ],
    ]);
    expect([table.n, table.incomplete, table.averaged]).toEqual([5, 0, ['degree']]);
    expect(table.notes).toEqual(['each value is first averaged over degree, which has no place in the table']);
  });

  it('pools the rest when it is told to, and says nothing of what does not vary', async () => {
    const pooled = await evaluated({ ...pivot, over: ['seed', 'degree'] }, accuracy);
    expect([pooled.cells[0]?.[1]?.[0]?.n, pooled.averaged]).toEqual([10, []]);
    const fixed = await evaluated({ ...pivot, selection: where('degree = 3 or degree = null') }, accuracy);
    expect([rounded(fixed.cells[0]?.[1]?.[0]), fixed.averaged]).toEqual([[5, 0.73, 0.158113883], []]);
  });

  it('computes every statistic there is', async () => {
    const statistics = ['mean', 'median', 'q0.25', 'min', 'max', 'count', 'std', 'ci', 'bootstrap'];
    const table = await evaluated({ ...pivot, statistics, confidence: 0.9 }, accuracy);
    const [cell] = table.cells[0]?.[0] ?? [];
    const half = (2.1318467863266495 * Math.sqrt(0.025)) / Math.sqrt(5);
    expect(rounded(cell)).toEqual([
      ...[5, 0.7, 0.7, 0.6, 0.5, 0.9, 5, 0.158113883],
      [Number((0.7 - half).toFixed(6)), Number((0.7 + half).toFixed(6))],
      [0.6, 0.8],
    ]);
  });

  it('chooses what is not said, and says what it chose', async () => {
    const nothing = await evaluated({}, () => ({ accuracy: 1, hits: 2n ** 60n, fine: true }));
    expect(nothing.question).toMatchObject({
      rows: ['dataset', 'kernel', 'degree'],
      columns: [],
      over: ['seed'],
      values: ['accuracy', 'hits', 'fine'],
    });
    expect(nothing.notes).toEqual([
      'assumed values: accuracy, hits, fine (every resultfield of numbers)',
      'assumed rows: dataset, kernel, degree',
      'assumed over: seed',
    ]);
    expect(nothing.cells[0]?.[0]?.map(({ estimates }) => estimates)).toEqual([
      [1, 0],
      [2 ** 60, 0],
      [1, 0],
    ]);
    const rows = await evaluated({ rows: ['dataset'], values: ['accuracy'] }, accuracy);
    expect(rows.question.over).toEqual(['kernel', 'degree', 'seed']);
  });

  it.each<[TableOptions, string]>([
    [{ rows: ['datset'] }, 'rows: datset is no keyfield (did you mean dataset?)'],
    [{ rows: ['accuracy'] }, 'rows: accuracy is no keyfield; there are dataset'],
    [{ values: ['note'] }, 'values: note is no resultfield of numbers'],
    [{ rows: ['seed'], over: ['seed'] }, 'seed is named twice'],
    [{ values: ['hits', 'hits'] }, 'hits is named twice'],
    [{ statistics: ['men'] }, 'there is no statistic men (did you mean mean?)'],
    [{ statistics: ['q1.5'] }, 'there is no statistic q1.5'],
    [{ confidence: 95 }, 'confidence: found 95; allowed is a number between 0 and 1'],
    [{ best: { kernel: 'max' } }, 'best: kernel is no value of the table'],
  ])('refuses %j', async (options, words) => {
    await expect(evaluated(options, accuracy)).rejects.toThrow(words);
  });
});

it('a table that nobody could read is refused', async () => {
  const grid = defineGrid(study, { keyfields: fields });
  const repository = new MemoryRepository(study, { date: () => new Date() });
  await repository.prepare();
  await repository.fill(
    Array.from({ length: 350 }, (_, seed) => ({ dataset: `d${seed}`, kernel: `k${seed}`, degree: 2, seed })),
  );
  const wide = { rows: ['dataset'], columns: ['kernel'], values: ['accuracy'] };
  await expect(evaluate({ study, grid, repository }, wide)).rejects.toThrow(
    /more than 100000 cells \(317 rows, 317 columns/,
  );
});

describe('an incomplete cell', () => {
  it('says what it lacks, and is computed of what it has', async () => {
    const table = await evaluated(
      { ...pivot, columns: ['kernel', 'degree'] },
      (row, id) => {
        if (row['dataset'] === 'wine' && row['kernel'] === 'linear')
          return (['error', 'created', 'paused', 'running'] as const)[Number(row['seed'])] ?? accuracy(row);
        return id === 1 ? { accuracy: null, hits: 1 } : accuracy(row);
      },
      { keep: ({ dataset, degree, seed }) => !(dataset === 'iris' && degree === 3 && Number(seed) > 2) },
    );
    const gaps = table.cells.map((line) =>
      line.map(([cell]) => [cell?.n, cell?.complete, cell?.gaps.unfinished, cell?.gaps.absent, cell?.valueless]),
    );
    expect(gaps).toEqual([
      [
        [4, false, {}, 0, 1],
        [5, true, {}, 0, 0],
        [3, false, {}, 2, 0],
      ],
      [
        [1, false, { error: 1, created: 1, paused: 1, running: 1 }, 0, 0],
        [5, true, {}, 0, 0],
        [5, true, {}, 0, 0],
      ],
    ]);
    expect([table.n, table.incomplete]).toEqual([5, 3]);
  });

  it('is missed even if nothing of it was ever filled', async () => {
    const table = await evaluated(pivot, accuracy, {
      keep: ({ kernel, dataset }) => kernel !== 'poly' || dataset !== 'wine',
    });
    expect(table.cells[1]?.[1]?.[0]).toMatchObject({
      n: 0,
      complete: false,
      gaps: { absent: 10 },
      estimates: [null, null],
    });
  });

  it('is nothing that the selection leaves out', async () => {
    const keep = ({ kernel }: Row) => kernel !== 'poly';
    const selected = await evaluated({ ...pivot, selection: where('kernel = linear and seed < 3') }, accuracy, {
      keep,
    });
    expect([selected.columns, selected.incomplete, selected.n]).toEqual([[['linear']], 0, 3]);
  });

  it.each([
    [{ statuses: ['done'] as const }, 'the selection names a status, an id or a limit'],
    [{ limit: 100 }, 'the selection names a status, an id or a limit'],
    [where('not (accuracy < 0.1 and seed = 9)'), 'the filter names accuracy'],
  ])('cannot be looked for in the grid where %j', async (selection, reason) => {
    const table = await evaluated({ ...pivot, selection }, accuracy, { keep: ({ seed }) => seed !== 1 });
    expect(table.incomplete).toBe(0);
    expect(table.notes.at(-1)).toContain(`were not looked for: ${reason}`);
  });

  it('does not exist in a study that is filled from code', async () => {
    const rows = defineGrid(study, { keyfields: fields });
    const repository = new MemoryRepository(study, { date: () => new Date() });
    await endAll(repository, study, rows, accuracy);
    const grid = defineGrid(study, { keyfields: { dataset: {}, kernel: {}, degree: {}, seed: {} } });
    expect((await evaluate({ study, grid, repository }, pivot)).incomplete).toBe(0);
  });
});

describe('the best', () => {
  const marks = async (options: TableOptions, ending: (row: Row) => Ending) =>
    (
      await evaluated(
        { rows: ['dataset'], columns: ['kernel', 'degree'], over: ['seed'], values: ['accuracy'], ...options },
        ending,
      )
    ).cells.map((line) => line.map(([cell]) => (cell?.best ? 'best' : cell?.tied ? 'tied' : '')).join());

  it('is the best of its row or column, by max or min', async () => {
    expect(await marks({ best: 'max', test: 'none' }, accuracy)).toEqual([',,best', ',,best']);
    expect(await marks({ best: { accuracy: 'min' }, test: 'none' }, accuracy)).toEqual(['best,,', 'best,,']);
    const wine = (row: Row): Ending => ({ accuracy: (row['dataset'] === 'wine' ? 1 : 0) + Number(row['seed']) });
    expect(await marks({ best: 'max', per: 'column', test: 'none' }, wine)).toEqual([',,', 'best,best,best']);
    expect(await marks({ best: 'max' }, wine)).toEqual(['best,best,best', 'best,best,best']);
    expect(await marks({}, accuracy)).toEqual([',,', ',,']);
  });

  it('has company where the test finds no difference, pair by pair', async () => {
    expect(await marks({ best: 'max', test: 't' }, accuracy)).toEqual([',,best', ',,best']);
    const noisy = (row: Row): Ending => {
      const seed = Number(row['seed']);
      if (row['degree'] === 3) return { accuracy: 0.9 + seed / 100 };
      return { accuracy: row['degree'] === 2 ? 0.9 + (4 - seed) / 101 : 0.5 + seed / 100 + (seed % 2) / 1000 };
    };
    expect(await marks({ best: 'max', test: 't' }, noisy)).toEqual([',tied,best', ',tied,best']);
    expect(await marks({ best: 'max' }, noisy)).toEqual(['tied,tied,best', 'tied,tied,best']); // five pairs are too few
  });

  it('comes with a warning where the test could not tell', async () => {
    const { notes } = await evaluated({ ...pivot, best: 'max' }, accuracy);
    expect(notes.at(-1)).toContain('with 5 pairs the smallest p-value of the Wilcoxon signed-rank test is 0.0625');
  });

  it('is not compared with what shares no pairs with it, and says so', async () => {
    const over = ['seed', 'degree']; // linear has no degree
    const { cells, notes } = await evaluated({ ...pivot, over, best: 'max', test: 't' }, accuracy);
    expect(cells[0]?.map(([cell]) => [cell?.best, cell?.tied, cell?.p])).toEqual([
      [false, false, undefined],
      [true, false, undefined],
    ]);
    expect(notes).toEqual(['2 cells were not compared with the best: they share less than two pairs of seed, degree']);
  });

  it('is found by any centre, whatever the values', async () => {
    const values = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(values, fc.constantFrom('mean', 'median', 'max', 'q0.3'), async (list, centre) => {
        const statistics = ['std', centre];
        const table = await evaluated(
          { ...pivot, columns: ['kernel', 'degree'], statistics, best: 'max' },
          (_, id) => ({
            accuracy: list[id - 1] ?? 0,
          }),
        );
        for (const line of table.cells) {
          const figures = line.map(([cell]) => Number(cell?.estimates[1]));
          expect(line.map(([cell]) => cell?.best)).toEqual(figures.map((figure) => figure === Math.max(...figures)));
          for (const [cell] of line) expect(cell?.best && cell.tied).toBe(false);
        }
      }),
      { numRuns: 30 },
    );
  });
});
