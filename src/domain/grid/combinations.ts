import type { Row, Value } from '../values/column.ts';
import { absent, holds, type Level, levelsOf } from './levels.ts';
import type { Condition, GridDefinition } from './grid.ts';
import type { StudyDefinition } from '../study/study-definition.ts';

/**
 * Every combination once, in the order of the nesting: the first keyfield changes slowest, the last one fastest. Made one by
 * one, in constant memory, and again for each iteration. A grid without values has none.
 */
export const combinations = (study: StudyDefinition, grid: GridDefinition): Iterable<Row> => ({
  [Symbol.iterator]: () => rows(study, levelsOf(study, grid)),
});

function* rows(study: StudyDefinition, levels: readonly Level[]): Generator<Row, void> {
  const fields = study.keyfields.map(({ name }) => {
    const level = levels.findIndex((each) => each.name === name);
    return { name, level, values: levels[level]?.values ?? [] };
  });
  for (const chosen of choices(levels)) {
    const row: Record<string, Value> = {};
    for (const { name, level, values } of fields) row[name] = values[chosen[level] ?? absent] ?? null;
    yield row;
  }
}

/** The place of each level's value, for one combination after the other. It is the same array each time. */
function* choices(levels: readonly Level[]): Generator<readonly number[], void> {
  const chosen = levels.map(() => absent);
  let depth = 0;
  let entering = true;
  while (depth >= 0) {
    const level = levels[depth];
    if (!level || level.values.length === 0) return;
    const before = chosen[depth] ?? absent;
    let place: number;
    // A keyfield whose condition does not hold has one choice: none.
    if (entering) place = holds(level.when, chosen) ? 0 : absent;
    else place = before === absent ? level.values.length : before + 1;
    chosen[depth] = place;
    entering = false;
    if (place >= level.values.length) {
      depth -= 1;
    } else if (!level.exclude.some((terms) => holds(terms, chosen))) {
      if (depth === levels.length - 1) {
        yield chosen;
      } else {
        depth += 1;
        entering = true;
      }
    }
  }
}

/** How many combinations there are. Values that no condition names are counted at once, so a grid of billions is fast. */
export const gridSize = (study: StudyDefinition, grid: GridDefinition): number => {
  const levels = levelsOf(study, grid);
  if (levels.some(({ values }) => values.length === 0)) return 0;
  return size(
    levels,
    0,
    levels.map(() => absent),
  );
};

const size = (levels: readonly Level[], depth: number, chosen: number[]): number => {
  const level = levels[depth];
  if (!level) return 1;
  const below = (place: number): number => {
    chosen[depth] = place;
    return level.exclude.some((terms) => holds(terms, chosen)) ? 0 : size(levels, depth + 1, chosen);
  };
  if (!holds(level.when, chosen)) return below(absent);
  const alike = level.values.length - level.named.size;
  // One place that no condition names stands for all such places; the one after the last value is one.
  let sum = alike === 0 ? 0 : alike * below(level.values.length);
  for (const place of level.named) sum += below(place);
  return sum;
};

/** A condition of a grid, and how many combinations it removes. */
export interface GridStep {
  readonly kind: 'when' | 'exclude';
  /** The keyfield of the condition; absent for an exclusion. */
  readonly keyfield?: string;
  readonly condition: Condition;
  /** Counted after all steps before it: what two exclusions forbid is counted for the first. */
  readonly removed: number;
}

/** How the size of a grid results: the product of all values, then each condition, then each exclusion. */
export interface GridSteps {
  /** Without conditions. A product beyond 2^53 is not exact. */
  readonly product: number;
  readonly steps: readonly GridStep[];
  readonly size: number;
}

/** Adds the conditions and exclusions one by one, and computes the size each time. Makes no combination. */
export const gridSteps = (study: StudyDefinition, grid: GridDefinition): GridSteps => {
  const bare = Object.entries(grid.keyfields).map(([name, { when: _, ...field }]) => [name, field] as const);
  let now: GridDefinition = { ...grid, keyfields: Object.fromEntries(bare), exclude: [] };
  const product = gridSize(study, now);
  let size = product;
  const steps: GridStep[] = [];
  const take = (next: GridDefinition, step: Omit<GridStep, 'removed'>): void => {
    const smaller = gridSize(study, next);
    steps.push({ ...step, removed: size - smaller });
    size = smaller;
    now = next;
  };
  for (const keyfield of grid.nesting) {
    const condition = grid.keyfields[keyfield]?.when;
    if (!condition) continue;
    const keyfields = { ...now.keyfields, [keyfield]: grid.keyfields[keyfield] ?? {} };
    take({ ...now, keyfields }, { kind: 'when', keyfield, condition });
  }
  for (const condition of grid.exclude) {
    take({ ...now, exclude: [...now.exclude, condition] }, { kind: 'exclude', condition });
  }
  return { product, steps, size };
};
