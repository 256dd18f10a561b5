import { decimalOf, nearestNumber, places, scaledInteger } from '../values/decimal.ts';
import { linspace, logspace, mostValues } from './value-space.ts';
import { shownValue, typeName } from '../values/refusal.ts';

/** Numbers that a configuration describes instead of listing them. */
export type ValueRange =
  /** Without `stop`; `step` is 1 unless given, and may be negative. */
  | { readonly start: number; readonly stop: number; readonly step?: number }
  /** `count` values at equal distances, both ends included. */
  | { readonly linspace: readonly [from: number, to: number, count: number] }
  /** `count` values at equal ratios, both ends included; the ends are the values themselves, not exponents. */
  | { readonly logspace: readonly [from: number, to: number, count: number] };

/**
 * The numbers of a range, or what is wrong with it, in words. They are decimally exact: steps of 0.1 come to 0.3 and not
 * to 0.30000000000000004.
 */
export const rangeValues = (range: object): readonly number[] | string => {
  const keys = Object.keys(range).sort().join(' ');
  const { linspace: linear, logspace: logarithmic, ...steps } = range as Readonly<Record<string, unknown>>;
  if (keys === 'start stop' || keys === 'start step stop') return stepped(steps);
  if (keys === 'linspace') return linspace(linear);
  if (keys === 'logspace') return logspace(logarithmic);
  return (
    `found ${shownValue(range)}; allowed are a list, ` +
    '{ start, stop, step }, { linspace: [from, to, count] } and { logspace: [from, to, count] }'
  );
};

const stepped = ({ start, stop, step = 1 }: Readonly<Record<string, unknown>>): readonly number[] | string => {
  for (const [key, value] of Object.entries({ start, stop, step })) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return `${key}: found ${shownValue(value)} (${typeName(value)}); allowed is a finite number`;
    }
  }
  const shown = `the range from ${start} to ${stop} by ${step}`;
  const decimals = [start, stop, step].map((value) => decimalOf(Number(value)));
  const digits = places(decimals);
  const [first = 0n, end = 0n, by = 0n] = decimals.map((decimal) => scaledInteger(decimal, digits));
  if (by === 0n) return `${shown} never ends; allowed is a step other than 0`;
  const [span, stride] = by > 0n ? [end - first, by] : [first - end, -by];
  if (span <= 0n) {
    return `${shown} is empty; allowed is a stop ${by > 0n ? 'above' : 'below'} start, or a step of the other sign`;
  }
  const count = (span + stride - 1n) / stride;
  if (count > mostValues)
    return `${shown} never ends, it has over ${mostValues} values; allowed are up to ${mostValues}`;
  const last = first + (count - 1n) * by;
  // One correctly rounded division gives what reading the decimal would, many times faster.
  if (digits <= 22 && [first, last, by].every((integer) => Number.isSafeInteger(Number(integer)))) {
    const [from, width, scale] = [Number(first), Number(by), 10 ** digits];
    return Array.from({ length: Number(count) }, (_, index) => (from + index * width) / scale);
  }
  return Array.from({ length: Number(count) }, (_, index) =>
    nearestNumber({ digits: first + BigInt(index) * by, exponent: -digits }),
  );
};
