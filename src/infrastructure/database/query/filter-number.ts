import type { Comparison } from '../../../domain/filter/filter.ts';

export { numberOf } from '../../../domain/filter/matches.ts';

type NumberComparison = Exclude<Comparison, '~' | '!~'>;

/** A comparison that a column's own type can make exactly; or its answer, which is the same for every value. */
export type ExactComparison = { readonly operator: string; readonly value: number | bigint } | boolean;

const sql = (comparison: NumberComparison): string => (comparison === '!=' ? '<>' : comparison);

/** Both between two neighbours: what is less than or equal is less, and nothing is equal. */
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

/** With a column of 64-bit integers. */
export const compareInteger = (comparison: NumberComparison, value: number | bigint): ExactComparison => {
  if (value > MOST) return between(comparison, MOST, undefined);
  if (value < LEAST) return between(comparison, undefined, LEAST);
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return between(comparison, BigInt(Math.floor(value)), BigInt(Math.ceil(value)));
  }
  return { operator: sql(comparison), value: BigInt(value) };
};

/** With a column of doubles: an integer that is none lies between two of them. */
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
