import type { Column, StoredValue } from '../values/column.ts';
import { toStored } from '../values/stored-value.ts';
import { ExperimenterError } from '../errors.ts';

/** A table that experiments append rows to; in the database `<table>__<name>`. */
export interface Logtable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** The shape of a study: plain data, so that it crosses threads. The values of its keyfields are a `GridDefinition`. */
export interface StudyDefinition {
  readonly table: string;
  readonly keyfields: readonly Column[];
  readonly resultfields: readonly Column[];
  /** Whether each resultfield is followed by a column `<field>_timestamp`. */
  readonly resultTimestamps: boolean;
  readonly logtables: readonly Logtable[];
  /** Columns of the main table that the study does not declare. Present only in a study that is read from a database. */
  readonly undeclared?: readonly Column[];
  /** Whether energy and carbon of each attempt are recorded, in `<table>_codecarbon`. Absent: no. */
  readonly emissions?: boolean;
}

/** Throws `FIELD_UNKNOWN`. */
export const logtableNamed = ({ logtables }: StudyDefinition, name: string): Logtable => {
  const logtable = logtables.find((candidate) => candidate.name === name);
  if (logtable) return logtable;
  const names = logtables.map((candidate) => candidate.name).join(', ') || 'none';
  throw new ExperimenterError('FIELD_UNKNOWN', `${name} is not a logtable of the study; there are: ${names}`);
};

/**
 * The values as these columns store them; a value for each column is not required. Throws `FIELD_UNKNOWN`, which names
 * the field and the allowed ones, and `VALUE_REFUSED`. `what` says what the columns are: resultfield, column of logtable
 * folds …
 */
export const checkedFields = (
  values: Readonly<Record<string, unknown>>,
  columns: readonly Column[],
  what: string,
): Record<string, StoredValue> => {
  const stored: Record<string, StoredValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) {
      const names = columns.map((candidate) => candidate.name).join(', ') || 'none';
      throw new ExperimenterError('FIELD_UNKNOWN', `${name} is not a ${what} of the study; there are: ${names}`);
    }
    stored[name] = toStored(value, column);
  }
  return stored;
};
