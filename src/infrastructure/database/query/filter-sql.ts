import type { StoredValue, Value } from '../../../domain/values/column.ts';
import type { Comparison, Filter } from '../../../domain/filter/filter.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { fieldSql, type FieldSql } from './filter-field.ts';
import { compareDouble, compareInteger, numberOf } from './filter-number.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** A condition with its bound parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly StoredValue[];
}

const unknown: Condition = { sql: 'NULL', parameters: [] };

/** Joins conditions in pairs, because databases limit the depth of an expression. */
export const joined = (word: 'AND' | 'OR', parts: readonly Condition[]): Condition => {
  const [first] = parts;
  if (!first) return { sql: word === 'AND' ? '1 = 1' : '1 = 0', parameters: [] };
  if (parts.length === 1) return first;
  const middle = Math.ceil(parts.length / 2);
  const [left, right] = [joined(word, parts.slice(0, middle)), joined(word, parts.slice(middle))];
  return { sql: `(${left.sql} ${word} ${right.sql})`, parameters: [...left.parameters, ...right.parameters] };
};

/**
 * A filter as SQL with the same meaning as `matches` in the domain: SQL's three-valued logic, text compared by bytes,
 * exact numbers.
 */
export const filterCondition = (filter: Filter, tables: StudyTables): Condition => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return joined(filter.kind === 'and' ? 'AND' : 'OR', [
        filterCondition(filter.left, tables),
        filterCondition(filter.right, tables),
      ]);
    case 'not': {
      const { sql, parameters } = filterCondition(filter.of, tables);
      return { sql: `(NOT ${sql})`, parameters };
    }
    case 'compare':
      return compare(fieldOf(filter.field, tables), filter.comparison, filter.value);
    case 'in': {
      const field = fieldOf(filter.field, tables);
      return joined(
        'OR',
        filter.values.map((value) => compare(field, '=', value)),
      );
    }
  }
};

const fieldOf = (name: string, tables: StudyTables): FieldSql => {
  const field = fieldSql(name, tables);
  if (!field) throw new ExperimenterError('FIELD_UNKNOWN', `${name} is no column of the study`);
  return field;
};

const compare = (field: FieldSql, comparison: Comparison, value: Value): Condition => {
  if (value === null && comparison === '=') return { sql: `(${field.isNull})`, parameters: [] };
  if (value === null && comparison === '!=') return { sql: `(NOT (${field.isNull}))`, parameters: [] };
  if (value === null || typeof value === 'object') return unknown;
  const cases: { readonly when: string; readonly holds: Condition }[] = [];
  if (field.text) cases.push({ when: field.text.when, holds: compareText(field.text, comparison, String(value)) });
  if (field.number) cases.push({ when: field.number.when, holds: compareNumber(field.number, comparison, value) });
  const [only] = cases;
  if (only?.when === '') return only.holds;
  return {
    sql: `(CASE ${cases.map(({ when, holds }) => `WHEN ${when} THEN ${holds.sql}`).join(' ')} ELSE NULL END)`,
    parameters: cases.flatMap(({ holds }) => holds.parameters),
  };
};

const compareText = (
  { bytes, contains, bound }: NonNullable<FieldSql['text']>,
  comparison: Comparison,
  value: string,
): Condition => {
  const parameters = [value];
  if (comparison === '~') return { sql: `(${contains} > 0)`, parameters };
  if (comparison === '!~') return { sql: `(${contains} = 0)`, parameters };
  return { sql: `(${bytes} ${comparison === '!=' ? '<>' : comparison} ${bound})`, parameters };
};

const compareNumber = (
  field: NonNullable<FieldSql['number']>,
  comparison: Comparison,
  value: string | number | bigint | boolean,
): Condition => {
  const number = numberOf(value);
  if (number === undefined || comparison === '~' || comparison === '!~') return unknown;
  const simple = field.integer ? compareInteger(comparison, number) : compareDouble(comparison, number);
  // The result is the same for all values except NULL, for which it is unknown.
  if (typeof simple === 'boolean')
    return { sql: `(CASE WHEN ${field.value} IS NULL THEN NULL ELSE ${simple ? 1 : 0} END)`, parameters: [] };
  return { sql: `(${field.value} ${simple.operator} ${field.bound})`, parameters: [simple.value] };
};
