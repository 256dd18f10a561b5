import { fromStored, type Row, toStored, type Value } from './column-type.ts';
import { ExperimenterError } from './errors.ts';
import { type GridOrder, inOrder } from './grid-order.ts';
import { didYouMean } from './nearest-name.ts';
import type { StudyDefinition } from './study.ts';

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

/** Every combination of the parameters' values, nested by `order`, with each fixed row (fastest), lazily, each checked. */
export function* product(
  study: StudyDefinition,
  parameters: Readonly<Record<string, readonly Value[]>>,
  fixed: readonly Row[],
  order: GridOrder = 'listed',
): Iterable<Row> {
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
  const at = names.map(() => 0);
  for (;;) {
    const chosen = Object.fromEntries(names.map((name, index) => [name, parameters[name]?.[at[index] ?? 0] ?? null]));
    for (const [index, row] of fixed.entries())
      yield checkedRow(study, { ...chosen, ...row }, `fixed combination ${index + 1}`);
    let place = names.length - 1;
    for (; place >= 0; place -= 1) {
      at[place] = ((at[place] ?? 0) + 1) % (parameters[names[place] ?? '']?.length ?? 1);
      if (at[place] !== 0) break;
    }
    if (place < 0) return;
  }
}

/** PyExperimenter takes them in the order of the keyfields, however they were written. */
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
