import type { Row, Value } from '../../domain/values/column.ts';
import type { GridDefinition } from '../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { ValuePages } from '../../domain/repository/study-reader.ts';
import { gridMembership } from '../../domain/grid/levels.ts';
import { type GridSteps, gridSteps } from '../../domain/grid/combinations.ts';
import { gridSize } from '../../domain/grid/combinations.ts';
import { DoneDurations, Durations, type TimeRange } from '../analysis/durations.ts';
import { ValueCounts } from '../analysis/value-counts.ts';

/** Orphans that are named. */
const MOST_ORPHANS = 10;

/** What a fill would do, and how the grid is made. */
export interface StudyPlan {
  /** Combinations that the grid has and the table lacks: what a fill adds. */
  readonly add: number;
  /** Experiments of the table that the grid has. */
  readonly keep: number;
  /** Experiments of the table that the grid does not have, or no longer has: a fill leaves them alone. */
  readonly orphaned: number;
  /** The first of them. */
  readonly orphanIds: readonly number[];
  readonly grid: GridSteps;
  /** Experiments to execute after a fill: open, running and to be added. */
  readonly open: number;
  /** Time for those, on this runner's workers alone. Undefined while nothing is done. */
  readonly expected: TimeRange | undefined;
  /** Done attempts whose durations were used. */
  readonly measured: number;
}

/** What a plan reads, by ascending ids. */
export interface PlanSource {
  readonly pages: ValuePages;
  /** The history with its `durationFields`. */
  readonly attempts: ValuePages;
}

/** The fields that `pages` must have, in this order. */
export const planFields = ({ keyfields }: StudyDefinition): readonly string[] => [
  'ID',
  'status',
  ...keyfields.map(({ name }) => name),
];

/**
 * Compares the grid with the table in one pass over table and history, in constant memory. The values of a row decide
 * whether the grid has it. A table has each combination once, so that the rest of the grid is missing.
 */
export const planOf = async (
  study: StudyDefinition,
  grid: GridDefinition,
  workers: number,
  source: PlanSource | undefined,
): Promise<StudyPlan> => {
  const steps = gridSteps(study, grid);
  const names = study.keyfields.map(({ name }) => name);
  // A study that is filled from code has no grid.
  const fromCode = Object.values(grid.keyfields).every(({ values }) => values === undefined);
  const isMember = fromCode ? () => true : gridMembership(study, grid);
  const missing = gridCounts(study, grid, steps.size);
  const durations = new Durations(names);
  const orphanIds: number[] = [];
  let [keep, orphaned] = [0, 0];
  const done = new DoneDurations(source?.attempts);
  for await (const page of source?.pages ?? []) {
    await done.readTo(Number(page.at(-1)?.[0]));
    for (const values of page) {
      const [id, status] = values;
      const row = keyfieldsOf(names, values);
      const member = isMember(row);
      if (member) keep += 1;
      else {
        orphaned += 1;
        if (orphanIds.length < MOST_ORPHANS) orphanIds.push(Number(id));
      }
      const isOpen = status === 'created' || status === 'running';
      if (fromCode ? isOpen : member !== isOpen) missing.add(row, member && !fromCode ? -1 : 1);
      if (status !== 'created') for (const seconds of done.of(Number(id))) durations.add(row, seconds);
    }
  }
  await done.end();
  const expected = durations.expected(missing, Math.min(workers, Math.max(1, missing.total)));
  const measured = durations.count;
  const add = fromCode ? 0 : steps.size - keep;
  return { add, keep, orphaned, orphanIds, grid: steps, open: missing.total, expected, measured };
};

/** Of a row with the `planFields`. */
const keyfieldsOf = (names: readonly string[], values: readonly Value[]): Row => {
  const row: Record<string, Value> = {};
  for (let at = 0; at < names.length; at += 1) row[names[at] ?? ''] = values[at + 2] ?? null;
  return row;
};

/** How often each value occurs in the grid, of those keyfields that every combination has. */
const gridCounts = (study: StudyDefinition, grid: GridDefinition, size: number): ValueCounts => {
  const always = grid.nesting.filter((name) => grid.keyfields[name]?.when === undefined);
  const counts = new ValueCounts(always);
  for (const name of always) {
    const field = grid.keyfields[name];
    for (const value of field?.values ?? []) {
      const pinned = { ...grid, keyfields: { ...grid.keyfields, [name]: { ...field, values: [value] } } };
      counts.addTo(name, value, gridSize(study, pinned));
    }
  }
  counts.grow(size);
  return counts;
};
