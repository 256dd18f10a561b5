import type { Value } from '../values/column-type.ts';
import type { ValueRange } from './ranges.ts';

/**
 * How a grid nests its keyfields unless conditions demand otherwise. `listed`: the first is the slowest, the last the
 * fastest. `meshgrid`: PyExperimenter's, by way of numpy: of three and more, the last is the slowest, then the one before
 * it and so on to the third, then the first, and the second is the fastest.
 */
export type GridOrder = 'listed' | 'meshgrid';

/** The names from the slowest to the fastest. */
export const inOrder = (names: readonly string[], order: GridOrder): readonly string[] =>
  order === 'listed' || names.length < 3 ? names : [...names.slice(2).toReversed(), ...names.slice(0, 2)];

/** Values that some keyfields may have. It holds where every keyfield it names has one of its values. */
export type Condition = Readonly<Record<string, readonly Value[]>>;

/** What the grid says of one keyfield. */
export interface GridField {
  /** Each once, as the column gives them back. Absent in every keyfield: the study is filled from code. */
  readonly values?: readonly Value[];
  /** What rows get that were there before the keyfield was. */
  readonly default?: Value;
  /** Where this does not hold, the keyfield is null, in one combination and not in one for each value. */
  readonly when?: Condition;
}

/** The combinations of a study: plain data, whose size grows with the values and not with their combinations. */
export interface GridDefinition {
  /** Every keyfield of the study. */
  readonly keyfields: Readonly<Record<string, GridField>>;
  /** Combinations for which one of these holds do not exist. */
  readonly exclude: readonly Condition[];
  /** The keyfields from the slowest to the fastest; one with a condition comes after those it depends on. */
  readonly nesting: readonly string[];
  /** What combinations given in code are nested by. */
  readonly order: GridOrder;
}

/** What a grid is declared with: the configuration's `table.keyfields` (types may stay in) and `table.exclude`. */
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
  /** The keyfields from the slowest to the fastest; by `order` unless given. */
  readonly nesting?: readonly string[];
}
