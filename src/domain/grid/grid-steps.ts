import { type GridDefinition, gridSize } from './combinations.ts';
import type { Condition } from './grid.ts';
import type { StudyDefinition } from '../study/study-definition.ts';

/** A condition of a grid, and how many combinations there are fewer because of it. */
export interface GridStep {
  readonly kind: 'when' | 'exclude';
  /** Whose condition it is; absent for an exclusion. */
  readonly keyfield?: string;
  readonly condition: Condition;
  /** Counted after everything before it: what two exclusions forbid is removed by the first. */
  readonly removed: number;
}

/** How a grid comes to its size: the product of all values, then each condition, then each exclusion. */
export interface GridSteps {
  /** Without any condition; a product beyond 2^53 is not exact. */
  readonly product: number;
  readonly steps: readonly GridStep[];
  readonly size: number;
}

/** Takes the conditions and exclusions in one after the other and looks at the size each time; no combination is made. */
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
