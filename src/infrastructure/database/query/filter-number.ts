import type { Comparison } from '../../../domain/filter/filter.ts';

export { numberOf } from '../../../domain/filter/matches.ts';

type NumberComparison = Exclude<Comparison, '~' | '!~'>;

/** A comparison that is exact in the type of the column. A boolean: the result is the same for all values. */
export type ExactComparison = { readonly operator: string; readonly value: number | bigint } | boolean;

const sql = (comparison: NumberComparison): string => (comparison === '!=' ? '<>' : comparison);

/**
 * The value is between two neighbouring values of the column. So `<=` is the same as `<`, and no value of the column is
 * equal.
 */
const between = (
  comparison: NumberComparison,
  below: number | bigint | undefined,
  above: number | bigint | undefined,
): ExactComparison => {
  switch (comparison) {
    case '=':
      return false;
    case '!=':
      return true;
    case '<':
    case '<=':
      return below === undefined ? false : { operator: '<=', value: below };
    case '>':
    case '>=':
      return above === undefined ? false : { operator: '>=', value: above };
  }
};

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

/** Compares a column of 64-bit integers. */
export const compareInteger = (comparison: NumberComparison, value: number | bigint): ExactComparison => {
  if (value > MOST) return between(comparison, MOST, undefined);
  if (value < LEAST) return between(comparison, undefined, LEAST);
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return between(comparison, BigInt(Math.floor(value)), BigInt(Math.ceil(value)));
  }
  return { operator: sql(comparison), value: BigInt(value) };
};

/** Compares a column of doubles. An integer that is not a double is between two doubles. */
export const compareDouble = (comparison: NumberComparison, value: number | bigint): ExactComparison => {
  const nearest = Number(value);
  if (!Number.isFinite(nearest))
    return between(
      comparison,
      ...((value > 0 ? [Number.MAX_VALUE, undefined] : [undefined, -Number.MAX_VALUE]) as [number, undefined]),
    );
  if (!(nearest < value || nearest > value)) return { operator: sql(comparison), value: nearest };
  switch (comparison) {
    case '=':
      return false;
    case '!=':
      return true;
    case '<':
    case '<=':
      return { operator: nearest < value ? '<=' : '<', value: nearest };
    case '>':
    case '>=':
      return { operator: nearest > value ? '>=' : '>', value: nearest };
  }
};
