import type { Value } from '../values/column.ts';
import type { ValueRange } from './ranges.ts';

/**
 * How a grid nests its keyfields, unless conditions require another order. `listed`: the first keyfield changes slowest, the
 * last one fastest. `meshgrid`: PyExperimenter's order, which is numpy's. With three or more keyfields the last one
 * changes slowest, then the one before it, down to the third; then the first; the second changes fastest.
 */
export type GridOrder = 'listed' | 'meshgrid';

/** The names from the slowest to the fastest. */
export const inOrder = (names: readonly string[], order: GridOrder): readonly string[] =>
  order === 'listed' || names.length < 3 ? names : [...names.slice(2).toReversed(), ...names.slice(0, 2)];

/** Allowed values of some keyfields. It holds for a combination if each named keyfield has one of its values. */
export type Condition = Readonly<Record<string, readonly Value[]>>;

/** What the grid says of one keyfield. */
export interface GridField {
  /** Each value once, as the column gives it back. Absent in every keyfield: the study is filled from code. */
  readonly values?: readonly Value[];
  /** The value for rows that existed before the keyfield did. */
  readonly default?: Value;
  /** If this does not hold, the keyfield is null, in one combination instead of one for each value. */
  readonly when?: Condition;
}

/** The combinations of a study as plain data. Its size grows with the number of values, not of combinations. */
export interface GridDefinition {
  /** Every keyfield of the study. */
  readonly keyfields: Readonly<Record<string, GridField>>;
  /** A combination does not exist if one of these holds. */
  readonly exclude: readonly Condition[];
  /** The keyfields from the slowest to the fastest. One with a condition comes after those that the condition names. */
  readonly nesting: readonly string[];
  /** The order for combinations that are given in code. */
  readonly order: GridOrder;
}

/** The declaration of a grid: the configuration's `table.keyfields` (types may be present) and `table.exclude`. */
export interface GridInput {
  readonly keyfields: Readonly<
    Record<
      string,
      {
        readonly type?: string;
        readonly values?: readonly unknown[] | ValueRange;
        readonly default?: unknown;
        /** A list means any of its values. */
        readonly when?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  readonly exclude?: readonly Readonly<Record<string, unknown>>[];
  /** Default `listed`. */
  readonly order?: GridOrder;
  /** The keyfields from the slowest to the fastest. Absent: by `order`. */
  readonly nesting?: readonly string[];
}
