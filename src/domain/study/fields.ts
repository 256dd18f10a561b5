import { type StoredValue, toStored } from '../values/column-type.ts';
import { ExperimenterError } from '../errors.ts';
import type { Column } from './define-study.ts';

/**
 * What these columns store for these values, for some of the columns. Throws `FIELD_UNKNOWN` naming the field and the
 * allowed ones (`what` they are: resultfield, column of logtable folds …), and `VALUE_REFUSED`.
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
