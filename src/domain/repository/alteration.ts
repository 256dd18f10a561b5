import type { RunnerRecord } from '../experiment/runner.ts';
import { ExperimenterError } from '../errors.ts';

/** What is to become of columns that the configuration does not name any more. A column may be given as `table.column`. */
export interface AlterationWishes {
  readonly renames?: readonly (readonly [column: string, field: string])[];
  readonly drops?: readonly string[];
}

/** How many values of a column do not become another type as they are, and one of them. */
export interface ValueCount {
  readonly count: number;
  /** The id of a row, its value as text, and what became of it or why nothing can. */
  readonly example?: { readonly id: number; readonly value: string; readonly outcome: string };
}

/** What becomes of one column of a study's tables. */
export interface Alteration {
  readonly table: string;
  readonly column: string;
  /** As the database names it. */
  readonly type: string;
  /** The field that it is afterwards; absent: the column is dropped, with its values. */
  readonly becomes?: {
    readonly name: string;
    readonly type: string;
    readonly retyped: boolean;
    /** There is a column of that name already, without any value: it is dropped. */
    readonly replaces: boolean;
  };
  /** Rows that have a value in it. */
  readonly values: number;
  /** Values that are the same number afterwards, but written in another way. */
  readonly rewritten: ValueCount;
  /** Values that the new type does not hold unchanged: as long as there are any, nothing is altered. */
  readonly unfit: ValueCount;
  /** The statement that takes it back; absent where none does. */
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

/** Throws `STATE_CONFLICT` if one of the runners lives: it writes to the columns as it knows them. */
export const requireNoneLives = (runners: readonly RunnerRecord[]): void => {
  const live = runners.filter(({ state, expired }) => (state === 'active' || state === 'draining') && !expired);
  if (live.length === 0) return;
  const who = live.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ');
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `the study is being executed by ${who}. Stop that first, or give --force`,
  );
};
