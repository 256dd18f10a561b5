import type { Column, StoredValue, Value } from '../values/column.ts';
import { fromStored, toStored } from '../values/stored-value.ts';
import { rangeValues } from './ranges.ts';
import { shownValue, typeName } from '../values/refusal.ts';

/** How many refused values of one keyfield are reported. */
const mostComplaints = 5;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The value as the column gives it back. If the column refuses it, the reason goes to the problems. */
export const readValue = (value: unknown, column: Column, path: string, problems: string[]): Value | undefined => {
  try {
    return fromStored(toStored(value, column), column);
  } catch (error) {
    problems.push(`${path}: ${wordsOf(error)}`);
    return undefined;
  }
};

/** The values of one keyfield, each once. If something is wrong, it goes to the problems, and the answer is undefined. */
export const readValues = (
  given: unknown,
  column: Column,
  path: string,
  problems: string[],
): readonly Value[] | undefined => {
  if (Array.isArray(given)) {
    if (given.length > 0) return readList(given, column, path, problems);
    problems.push(`${path}: found an empty list; allowed is at least one value`);
    return undefined;
  }
  if (typeof given !== 'object' || given === null) {
    const shown = shownValue(given);
    problems.push(
      `${path}: found ${shown} (${typeName(given)}); allowed is a list, also of one value: [${shown}], or a range`,
    );
    return undefined;
  }
  const values = rangeValues(given);
  if (typeof values !== 'string') return readList(values, column, path, problems, true);
  problems.push(`${path}: ${values}`);
  return undefined;
};

const readList = (
  given: readonly unknown[],
  column: Column,
  path: string,
  problems: string[],
  sorted = false,
): readonly Value[] | undefined => {
  const values: Value[] = [];
  // Values that the column stores the same are one value: 1, 1.0 and "1" of an INT. In a range, which may have millions,
  // equal values are neighbours, so only the last one is kept.
  const seen = new Set<StoredValue>();
  let last: StoredValue | undefined;
  let refused = 0;
  for (let index = 0; index < given.length && refused < mostComplaints; index += 1) {
    try {
      const stored = toStored(given[index], column);
      if (stored === last || seen.has(stored)) continue;
      values.push(fromStored(stored, column));
      last = stored;
      if (!sorted) seen.add(stored);
    } catch (error) {
      problems.push(`${path}[${index}]: ${wordsOf(error)}`);
      refused += 1;
    }
  }
  return refused > 0 ? undefined : values;
};
