import type { Acknowledged, Execution, FinalAttempt, FinalExperiment, FinalStep } from './history.ts';

/** Rules, by the damage that breaking them does. */
export const damages = [
  'lost',
  'double',
  'stuck',
  'mixed',
  'falseError',
  'tableGone',
  'numbers',
  'overlap',
  'crash',
] as const;
export type Damage = (typeof damages)[number];

export interface Violation {
  readonly damage: Damage;
  /** Null: it is about no single experiment. */
  readonly id: number | null;
  readonly text: string;
}

/** Everything about one experiment. */
export interface Case {
  readonly id: number;
  readonly row: FinalExperiment | undefined;
  /** By number. */
  readonly attempts: readonly FinalAttempt[];
  readonly executions: readonly Execution[];
  readonly acknowledged: readonly Acknowledged[];
  readonly steps: readonly FinalStep[];
  readonly lateSteps: readonly FinalStep[];
}
