import type { Row, Value } from '../../src/domain/column-type.ts';
import { ExperimenterError } from '../../src/domain/errors.ts';
import type { Selection } from '../../src/domain/experiment-repository.ts';
import type { Experiment } from '../../src/domain/experiment.ts';
import type { Comparison, Filter } from '../../src/domain/filter.ts';

/** Those of the experiments, given in the order of their ids, that a selection is about. */
export const selected = (experiments: Iterable<Experiment>, selection: Selection): Experiment[] => {
  const { statuses, ids, where, limit = Number.POSITIVE_INFINITY } = selection;
  return [...experiments]
    .filter(
      (experiment) =>
        (statuses === undefined || statuses.includes(experiment.status)) &&
        (ids === undefined || ids.some(([first, last]) => first <= experiment.id && experiment.id <= last)) &&
        (where === undefined || truth(where, experiment.toRow()) === true),
    )
    .slice(0, limit);
};

/** As in SQL: undefined where a comparison with NULL leaves it unknown. */
type Truth = boolean | undefined;

const truth = (filter: Filter, row: Row): Truth => {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const decisive = filter.kind === 'or';
      const sides = [truth(filter.left, row), truth(filter.right, row)];
      if (sides.includes(decisive)) return decisive;
      return sides.includes(undefined) ? undefined : !decisive;
    }
    case 'not': {
      const of = truth(filter.of, row);
      return of === undefined ? undefined : !of;
    }
    case 'compare':
      return compare(field(row, filter.field), filter.comparison, filter.value);
    case 'in': {
      const answers = filter.values.map((value) => compare(field(row, filter.field), '=', value));
      return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
    }
  }
};

const field = (row: Row, name: string): Value => {
  const value = row[name];
  if (value !== undefined) return value;
  throw new ExperimenterError('FIELD_UNKNOWN', `${name} is not a column of the study; there are: ${Object.keys(row).join(', ')}`);
};

const compare = (left: Value, comparison: Comparison, right: Value): Truth => {
  if (right === null && comparison === '=') return left === null;
  if (right === null && comparison === '!=') return left !== null;
  if (left === null || right === null) return undefined;
  const [a, b] = [comparable(left), comparable(right)];
  switch (comparison) {
    case '=':
      return !(a < b || a > b);
    case '!=':
      return a < b || a > b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '~':
      return String(a).includes(String(b));
    case '!~':
      return !String(a).includes(String(b));
  }
};

const comparable = (value: NonNullable<Value>): string | number | bigint => {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' ? JSON.stringify(value) : value;
};
