import type { Value } from '../values/column.ts';
import { ExperimenterError } from '../errors.ts';
import { type Conditionable, nestingOf, readCondition } from './conditions.ts';
import { inOrder } from './grid.ts';
import type { GridDefinition, GridField, GridInput } from './grid.ts';
import { readValue, readValues } from './field-values.ts';
import { keyPath } from '../study/names.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { StudyDefinition } from '../study/study-definition.ts';
import { shownValue, typeName } from '../values/refusal.ts';

const fieldKeys = ['type', 'values', 'default', 'when'];

type Given = Readonly<Record<string, unknown>>;

/**
 * Validates a whole grid. Throws one `STUDY_INVALID` with a line for each problem. A line begins with the key path in the
 * configuration file. The input may have other types than declared.
 */
export const defineGrid = (study: StudyDefinition, input: GridInput): GridDefinition => {
  const problems: string[] = [];
  const given = givenFields(study, input.keyfields, problems);
  const read = new Map(
    study.keyfields.map((column) => [column.name, readField(given.get(column.name) ?? {}, column, problems)]),
  );
  const hasValues = [...given.values()].some((field) => field['values'] !== undefined);
  const conditionable = new Map(
    study.keyfields.map((column): [string, Conditionable] => {
      const { values } = read.get(column.name) ?? {};
      return [
        column.name,
        { column, ...(values && { values }), mayBeNull: given.get(column.name)?.['when'] !== undefined },
      ];
    }),
  );
  const fields = new Map<string, GridField>();
  for (const { name } of study.keyfields) {
    const { values, when } = given.get(name) ?? {};
    if (hasValues && values === undefined) {
      problems.push(
        `${keyPath('table.keyfields', name)}.values: found none; allowed is a list or a range, because other keyfields have values`,
      );
    }
    const field = { ...read.get(name) };
    const path = `${keyPath('table.keyfields', name)}.when`;
    fields.set(
      name,
      when === undefined ? field : { ...field, when: readCondition(when, conditionable, path, problems) },
    );
    if (when !== undefined && !hasValues) problems.push(`${path}: found a condition, but no keyfield has values`);
  }
  const exclude = givenList(input.exclude ?? [], problems).map((condition, index) =>
    readCondition(condition, conditionable, `table.exclude[${index}]`, problems),
  );
  if (exclude.length > 0 && !hasValues) problems.push('table.exclude: found conditions, but no keyfield has values');
  const nesting = nestingOf(wantedNesting(study, input, problems), fields, problems);
  if (problems.length > 0) throw new ExperimenterError('STUDY_INVALID', problems.join('\n'));
  return { keyfields: Object.fromEntries(fields), exclude, nesting, order: input.order ?? 'listed' };
};

const givenFields = (study: StudyDefinition, input: unknown, problems: string[]): ReadonlyMap<string, Given> => {
  const names = study.keyfields.map(({ name }) => name);
  const fields = new Map<string, Given>();
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    problems.push(`table.keyfields: found ${shownValue(input)} (${typeName(input)}); allowed is a map of keyfields`);
    return fields;
  }
  for (const [name, field] of Object.entries(input) as [string, unknown][]) {
    const path = keyPath('table.keyfields', name);
    if (!names.includes(name)) {
      problems.push(`${path}: no keyfield of the study${didYouMean(name, names)}; there are ${names.join(', ')}`);
    } else if (typeof field !== 'object' || field === null || Array.isArray(field)) {
      problems.push(
        `${path}: found ${shownValue(field)} (${typeName(field)}); allowed is a map of ${fieldKeys.join(', ')}`,
      );
    } else {
      fields.set(name, field as Given);
      for (const key of Object.keys(field).filter((each) => !fieldKeys.includes(each))) {
        problems.push(
          `${keyPath(path, key)}: no such key${didYouMean(key, fieldKeys)}; allowed are ${fieldKeys.join(', ')}`,
        );
      }
    }
  }
  return fields;
};

const readField = (
  given: Given,
  column: StudyDefinition['keyfields'][number],
  problems: string[],
): Omit<GridField, 'when'> => {
  const path = keyPath('table.keyfields', column.name);
  const field: { values?: readonly Value[]; default?: Value } = {};
  if (given['values'] !== undefined) {
    const values = readValues(given['values'], column, `${path}.values`, problems);
    if (values) field.values = values;
  }
  if (given['default'] !== undefined) {
    const value = readValue(given['default'], column, `${path}.default`, problems);
    if (value !== undefined) field.default = value;
  }
  return field;
};

const givenList = (exclude: unknown, problems: string[]): readonly unknown[] => {
  if (Array.isArray(exclude)) return exclude;
  problems.push(
    `table.exclude: found ${shownValue(exclude)} (${typeName(exclude)}); allowed is a list of { keyfield: value or [values] }`,
  );
  return [];
};

const wantedNesting = (
  study: StudyDefinition,
  { nesting, order = 'listed' }: GridInput,
  problems: string[],
): readonly string[] => {
  const names = study.keyfields.map(({ name }) => name);
  if (!nesting) return inOrder(names, order);
  if (nesting.length === names.length && names.every((name) => nesting.includes(name))) return nesting;
  problems.push(`nesting: found ${nesting.join(', ')}; allowed is every keyfield once: ${names.join(', ')}`);
  return names;
};
