import { fromStored, toStored } from '../values/stored-value.ts';
import type { Row, Value } from '../values/column.ts';
import type { StudyDefinition } from '../study/study-definition.ts';
import { ExperimenterError } from '../errors.ts';
import { type GridOrder, inOrder } from './grid.ts';
import { didYouMean } from '../did-you-mean.ts';

/**
 * The row in the study's order and as the columns give it back. Throws `STUDY_INVALID` naming `where` and the key that
 * is unknown or missing, and `VALUE_REFUSED`.
 */
export const checkedRow = (study: StudyDefinition, row: Row, where: string): Row => {
  const names = study.keyfields.map(({ name }) => name);
  const unknown = Object.keys(row).filter((key) => !names.includes(key));
  const missing = names.filter((name) => !Object.hasOwn(row, name));
  if (unknown.length + missing.length > 0) {
    const problems = [
      ...unknown.map((key) => `${key} is not a keyfield`),
      ...missing.map((key) => `${key} is missing`),
    ];
    throw new ExperimenterError(
      'STUDY_INVALID',
      `${where}: ${problems.join(', ')}; the keyfields are ${names.join(', ')}`,
    );
  }
  return Object.fromEntries(
    study.keyfields.map((column) => [column.name, fromStored(toStored(row[column.name], column), column)]),
  );
};

/**
 * Every combination of the parameters' values, nested by `order`, with each fixed row (fastest), as the columns give them
 * back. Everything is checked at once; the combinations are made one by one.
 */
export const product = (
  study: StudyDefinition,
  parameters: Readonly<Record<string, readonly Value[]>>,
  fixed: readonly Row[],
  order: GridOrder = 'listed',
): Iterable<Row> => {
  const names = nested(study, Object.keys(parameters), order);
  const twice = names.find((name) => fixed.some((row) => Object.hasOwn(row, name)));
  if (twice !== undefined) {
    throw new ExperimenterError(
      'STUDY_INVALID',
      `${twice} is both a parameter and in a fixed combination: it must be one of them`,
    );
  }
  const empty = names.find((name) => parameters[name]?.length === 0);
  if (empty !== undefined || fixed.length === 0) {
    throw new ExperimenterError(
      'STUDY_INVALID',
      `no combination: ${empty ?? 'the list of fixed combinations'} is empty`,
    );
  }
  const columns = new Map(study.keyfields.map((column) => [column.name, column]));
  const levels = names.map((name) => ({
    name,
    values: (parameters[name] ?? []).map((value) => {
      const column = columns.get(name);
      return column ? fromStored(toStored(value, column), column) : null;
    }),
  }));
  const first = Object.fromEntries(levels.map(({ name, values: [value = null] }) => [name, value]));
  const rows = fixed.map((row, index) => checkedRow(study, { ...first, ...row }, `fixed combination ${index + 1}`));
  return { [Symbol.iterator]: () => combined(levels, rows) };
};

function* combined(
  levels: readonly { readonly name: string; readonly values: readonly Value[] }[],
  rows: readonly Row[],
): Generator<Row, void> {
  const at = levels.map(() => 0);
  for (;;) {
    const chosen: Record<string, Value> = {};
    for (const [index, { name, values }] of levels.entries()) chosen[name] = values[at[index] ?? 0] ?? null;
    // Each row has every keyfield, in the study's order.
    for (const row of rows) yield { ...row, ...chosen };
    let place = levels.length - 1;
    for (; place >= 0; place -= 1) {
      at[place] = ((at[place] ?? 0) + 1) % (levels[place]?.values.length ?? 1);
      if (at[place] !== 0) break;
    }
    if (place < 0) return;
  }
}

/** PyExperimenter takes the parameters in the order of the keyfields. */
const nested = (study: StudyDefinition, given: readonly string[], order: GridOrder): readonly string[] => {
  const keyfields = study.keyfields.map(({ name }) => name);
  const unknown = given.find((name) => !keyfields.includes(name));
  if (unknown !== undefined) {
    throw new ExperimenterError(
      'STUDY_INVALID',
      `parameters: ${unknown} is not a keyfield${didYouMean(unknown, keyfields)}; the keyfields are ${keyfields.join(', ')}`,
    );
  }
  return order === 'listed'
    ? given
    : inOrder(
        keyfields.filter((name) => given.includes(name)),
        order,
      );
};
