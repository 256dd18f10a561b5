import type { Column, Value } from '../values/column.ts';
import { toStored } from '../values/stored-value.ts';
import type { Condition, GridField } from './grid.ts';
import { readValue } from './field-values.ts';
import { keyPath } from '../study/names.ts';
import { didYouMean } from '../did-you-mean.ts';
import { shownValue, typeName } from '../values/refusal.ts';

/** A keyfield that a condition may name. */
export interface Conditionable {
  readonly column: Column;
  /** Absent: not known, because they have problems of their own. */
  readonly values?: readonly Value[];
  /** It has a condition itself, and is null if that does not hold. */
  readonly mayBeNull: boolean;
}

/** Reads one `when` or one entry of `exclude`: keyfields of the study, each with one or some of its values. */
export const readCondition = (
  given: unknown,
  fields: ReadonlyMap<string, Conditionable>,
  path: string,
  problems: string[],
): Condition => {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.keys(given).length === 0) {
    problems.push(
      `${path}: found ${shownValue(given)} (${typeName(given)}); allowed is a map, { keyfield: value or [values] }`,
    );
    return {};
  }
  const condition: Record<string, readonly Value[]> = {};
  for (const [name, wanted] of Object.entries(given)) {
    const field = fields.get(name);
    const names = [...fields.keys()];
    if (field) condition[name] = readWanted(wanted, field, keyPath(path, name), problems);
    else
      problems.push(
        `${keyPath(path, name)}: no keyfield of the study${didYouMean(name, names)}; there are ${names.join(', ')}`,
      );
  }
  return condition;
};

const readWanted = (wanted: unknown, field: Conditionable, path: string, problems: string[]): readonly Value[] => {
  const list: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  if (list.length === 0) problems.push(`${path}: found an empty list; allowed is at least one value`);
  const { column, values, mayBeNull } = field;
  const known = values && new Set(values.map((value) => toStored(value, column)));
  const read: Value[] = [];
  for (const [index, item] of list.entries()) {
    const where = Array.isArray(wanted) ? `${path}[${index}]` : path;
    const value = readValue(item, column, where, problems);
    if (value === undefined) continue;
    read.push(value);
    if (!known || known.has(toStored(value, column)) || (value === null && mayBeNull)) continue;
    const texts = values.slice(0, 10).map((each) => shownValue(each));
    const more = values.length > texts.length ? ', …' : '';
    problems.push(
      `${where}: found ${shownValue(item)}, which is no value of ${column.name}; its values are ${texts.join(', ')}${more}`,
    );
  }
  return read;
};

/**
 * The keyfields from the slowest to the fastest, in the wanted order. A keyfield with a condition comes after those that the
 * condition names.
 */
export const nestingOf = (
  wanted: readonly string[],
  fields: ReadonlyMap<string, GridField>,
  problems: string[],
): readonly string[] => {
  const nesting: string[] = [];
  let waiting = wanted;
  while (waiting.length > 0) {
    const ready = waiting.find((name) =>
      Object.keys(fields.get(name)?.when ?? {}).every((other) => nesting.includes(other)),
    );
    if (ready === undefined) {
      problems.push(
        `table.keyfields: the conditions of ${waiting.join(', ')} depend on each other; a condition cannot lead back to its own keyfield`,
      );
      return wanted;
    }
    nesting.push(ready);
    waiting = waiting.filter((name) => name !== ready);
  }
  return nesting;
};
