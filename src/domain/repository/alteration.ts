import type { RunnerRecord } from '../experiment/runner.ts';
import { ExperimenterError } from '../errors.ts';

/** What the user wants for columns that the configuration does not name any more. A column may be given as `table.column`. */
export interface AlterationWishes {
  readonly renames?: readonly (readonly [column: string, field: string])[];
  readonly drops?: readonly string[];
}

/** How many values of a column the new type does not hold as they are, and one of them. */
export interface ValueCount {
  readonly count: number;
  /** The id of a row, its value as text, and what it becomes or why it cannot be converted. */
  readonly example?: { readonly id: number; readonly value: string; readonly outcome: string };
}

/** The alteration of one column of a study's tables. */
export interface Alteration {
  readonly table: string;
  readonly column: string;
  /** As the database names it. */
  readonly type: string;
  /** What the column becomes. Absent: it is dropped, with its values. */
  readonly becomes?: {
    readonly name: string;
    readonly type: string;
    readonly retyped: boolean;
    /** A column of that name exists, without any value: it is dropped. */
    readonly replaces: boolean;
  };
  /** Rows that have a value in it. */
  readonly values: number;
  /** Values that stay the same number, but are written in another way. */
  readonly rewritten: ValueCount;
  /** Values that the new type does not hold unchanged. As long as there are any, nothing is altered. */
  readonly unfit: ValueCount;
  /** The statement that undoes it; absent if there is none. */
  readonly undo?: string;
}

/** Throws `SCHEMA_MISMATCH` if there are values that a new type does not hold. */
export const requireFit = (alterations: readonly Alteration[]): void => {
  const problems = alterations
    .filter(({ unfit }) => unfit.count > 0)
    .map(({ table, column, becomes, values, unfit: { count, example } }) => {
      const which = example ? `, as ${example.value} in the row of ID ${example.id} (${example.outcome})` : '';
      return (
        `table ${table}, column ${column}: ${count} of ${values} values are none of ${becomes?.type}${which}; ` +
        'change the type in the configuration to one that holds them, or these values'
      );
    });
  if (problems.length > 0)
    throw new ExperimenterError('SCHEMA_MISMATCH', `${problems.join('\n')}\nNothing was altered.`);
};

/** Throws `STATE_CONFLICT` if one of the runners lives: it writes to the columns that it knows. */
export const requireNoneLives = (runners: readonly RunnerRecord[]): void => {
  const live = runners.filter(({ state, expired }) => (state === 'active' || state === 'draining') && !expired);
  if (live.length === 0) return;
  const who = live.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ');
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `the study is being executed by ${who}. Stop that first, or give --force`,
  );
};
