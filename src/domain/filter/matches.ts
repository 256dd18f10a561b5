import type { Row, Value } from '../values/column.ts';
import { parseDecimal } from '../values/decimal.ts';
import type { Comparison, Filter } from './filter.ts';

/** SQL's three values: null is unknown. */
type Truth = boolean | null;

/**
 * Whether a filter is true of a row, neither false nor unknown. The SQL of the databases must have the same meaning:
 *
 * - `and`, `or`, `not` are SQL's, of three values: unknown and false is false, unknown or true is true, otherwise an
 *   unknown part makes the whole unknown; not unknown is unknown.
 * - `= null` and `!= null` are true or false, `IS NULL` and `IS NOT NULL`. Any other comparison with null is unknown,
 *   and so is any other comparison of a field that is null (or absent).
 * - A field whose value is a number, a bigint or a boolean (0 and 1) compares numerically, and exactly. The filter's
 *   value counts as a number if it is one, if it is a boolean, if it is text that writes a decimal number (an integer
 *   exactly, any other rounded to the nearest double), or if it is the text true or false in any case; otherwise the
 *   comparison is unknown. `~` and `!~` are unknown.
 * - A field whose value is text (dates are) compares by code points: case-sensitive, no collation, trailing spaces
 *   count. The filter's value is taken as JavaScript writes it. `~` is "contains"; every text contains the empty one.
 * - A field whose value is an array or an object (JSON) compares with null only; else the comparison is unknown.
 * - `in (a, b)` is `= a or = b`, also for null; `!=` is not `=`, and `!~` is not `~`.
 */
export const matches = (filter: Filter, row: Row): boolean => truth(filter, row) === true;

const truth = (filter: Filter, row: Row): Truth => {
  switch (filter.kind) {
    case 'and': {
      const left = truth(filter.left, row);
      return left === false ? false : both(left, truth(filter.right, row));
    }
    case 'or': {
      const left = truth(filter.left, row);
      return left === true ? true : opposite(both(opposite(left), opposite(truth(filter.right, row))));
    }
    case 'not':
      return opposite(truth(filter.of, row));
    case 'compare':
      return compare(valueOf(row, filter.field), filter.comparison, filter.value);
    case 'in': {
      const answers = filter.values.map((value) => compare(valueOf(row, filter.field), '=', value));
      if (answers.includes(true)) return true;
      return answers.includes(null) ? null : false;
    }
  }
};

/** Only own properties: every object inherits a `toString`. */
const valueOf = (row: Row, field: string): Value => (Object.hasOwn(row, field) ? (row[field] ?? null) : null);

const opposite = (value: Truth): Truth => (value === null ? null : !value);

const both = (left: Truth, right: Truth): Truth => {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
};

const compare = (field: Value, comparison: Comparison, value: Value): Truth => {
  if (value === null && (comparison === '=' || comparison === '!=')) return (field === null) === (comparison === '=');
  if (field === null || value === null || typeof field === 'object' || typeof value === 'object') return null;
  if (typeof field === 'string') return compareText(field, comparison, String(value));
  const number = numberOf(value);
  return number === undefined
    ? null
    : compareNumbers(typeof field === 'boolean' ? Number(field) : field, comparison, number);
};

/** The number that a filter's value stands for; undefined if it is none. The compiler to SQL uses it, too. */
export const numberOf = (value: string | number | bigint | boolean): number | bigint | undefined => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return value;
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true' ? 1 : 0;
  if (/^[+-]?\d+$/.test(value)) return BigInt(value);
  const number = parseDecimal(value) ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
};

/** JavaScript compares a number with a bigint exactly, except with `===`, which is never true for them. */
const compareNumbers = (field: number | bigint, comparison: Comparison, value: number | bigint): Truth => {
  switch (comparison) {
    case '~':
    case '!~':
      return null;
    case '=':
      return field <= value && field >= value;
    case '!=':
      return field < value || field > value;
    case '<':
      return field < value;
    case '<=':
      return field <= value;
    case '>':
      return field > value;
    case '>=':
      return field >= value;
  }
};

const compareText = (field: string, comparison: Comparison, value: string): Truth => {
  if (comparison === '~') return field.includes(value);
  if (comparison === '!~') return !field.includes(value);
  return compareNumbers(order(field, value), comparison, 0);
};

/** By code points, as UTF-8 bytes compare; JavaScript's `<` compares UTF-16 units, which puts U+10000 before U+E000. */
const order = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index += 1) {
    if (one.charCodeAt(index) === other.charCodeAt(index)) continue;
    // The first difference may be a low surrogate: then both have the same high one before it, and its order decides.
    return (one.codePointAt(index) ?? 0) - (other.codePointAt(index) ?? 0);
  }
  return one.length - other.length;
};
