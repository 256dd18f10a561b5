import { type Decimal, decimalOf, nearestNumber, places, scaledInteger } from '../values/decimal.ts';
import { shownValue, typeName } from '../values/refusal.ts';

/** No study has more values of one keyfield: a longer range is a mistake. */
const mostValues = 10_000_000;

/** Numbers that a configuration describes instead of listing them. */
export type ValueRange =
  /** Without `stop`; `step` is 1 unless given, and may be negative. */
  | { readonly start: number; readonly stop: number; readonly step?: number }
  /** `count` values at equal distances, both ends included. */
  | { readonly linspace: readonly [from: number, to: number, count: number] }
  /** `count` values at equal ratios, both ends included; the ends are the values themselves, not exponents. */
  | { readonly logspace: readonly [from: number, to: number, count: number] };

/**
 * The numbers of a range, or the problem as text. They are exact in decimals: steps of 0.1 give 0.3, not
 * 0.30000000000000004.
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
  // One correctly rounded division gives the same double as reading the decimal, many times faster.
  if (digits <= 22 && [first, last, by].every((integer) => Number.isSafeInteger(Number(integer)))) {
    const [from, width, scale] = [Number(first), Number(by), 10 ** digits];
    return Array.from({ length: Number(count) }, (_, index) => (from + index * width) / scale);
  }
  return Array.from({ length: Number(count) }, (_, index) =>
    nearestNumber({ digits: first + BigInt(index) * by, exponent: -digits }),
  );
};

interface Space {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const spaceOf = (given: unknown): Space | string => {
  const [from, to, count]: readonly unknown[] = Array.isArray(given) && given.length === 3 ? given : [];
  if (!Number.isFinite(from) || !Number.isFinite(to) || !Number.isFinite(count)) {
    return `found ${shownValue(given)} (${typeName(given)}); allowed are three finite numbers [from, to, count]`;
  }
  const space = { from: Number(from), to: Number(to), count: Number(count) };
  if (!Number.isInteger(space.count) || space.count < 1 || space.count > mostValues) {
    return `found the count ${space.count}; allowed is an integer from 1 to ${mostValues}`;
  }
  if ((space.count === 1) !== (space.from === space.to)) {
    return `found ${space.count} values from ${from} to ${to}, both included; allowed is one value between equal ends, or more between others`;
  }
  return space;
};

/** Numbers at equal distances, both ends included; or the problem as text. */
const linspace = (given: unknown): readonly number[] | string => {
  const space = spaceOf(given);
  if (typeof space === 'string') return `linspace: ${space}`;
  const decimals = [decimalOf(space.from), decimalOf(space.to)];
  const digits = places(decimals);
  const [first = 0n, last = 0n] = decimals.map((decimal) => scaledInteger(decimal, digits));
  const gaps = BigInt(Math.max(1, space.count - 1));
  // A number that is no decimal, like a third, gets more digits than a double has.
  const more = 25;
  const shift = 10n ** BigInt(more);
  return Array.from({ length: space.count }, (_, index) => {
    const sum = first * (gaps - BigInt(index)) + last * BigInt(index);
    return nearestNumber({ digits: (sum * shift) / gaps, exponent: -digits - more });
  });
};

/** Numbers at equal ratios, both ends included; or the problem as text. */
const logspace = (given: unknown): readonly number[] | string => {
  const space = spaceOf(given);
  if (typeof space === 'string') return `logspace: ${space}`;
  const { from, to, count } = space;
  if (from <= 0 || to <= 0) {
    return `logspace: found the ends ${from} and ${to}; allowed are values above 0 (the values themselves, not their exponents)`;
  }
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return from;
    return index === count - 1 ? to : between(from, to, index, count - 1);
  });
};

/** `from^(1 − index/gaps) × to^(index/gaps)`, exactly if it is a decimal of up to 12 digits. */
const between = (from: number, to: number, index: number, gaps: number): number => {
  const logarithm = Math.log10(from) + (Math.log10(to) - Math.log10(from)) * (index / gaps);
  // The last digit of a power may differ between machines; then each machine would fill other experiments.
  const near = Number((10 ** logarithm).toPrecision(15));
  const short = Number(near.toPrecision(12));
  const divisor = greatestCommonDivisor(index, gaps);
  const [weight, root] = [index / divisor, gaps / divisor];
  // No double is so high a power of anything but a power of ten, for which the logarithm is exact enough.
  if (root > 64) return near;
  const isExact = sameProduct([power(short, root)], [power(from, root - weight), power(to, weight)]);
  return isExact ? short : near;
};

const greatestCommonDivisor = (one: number, other: number): number =>
  other === 0 ? one : greatestCommonDivisor(other, one % other);

const power = (value: number, to: number): Decimal => {
  const { digits, exponent } = decimalOf(value);
  return { digits: digits ** BigInt(to), exponent: exponent * to };
};

const sameProduct = (some: readonly Decimal[], others: readonly Decimal[]): boolean => {
  const [one, other] = [some, others].map((factors) => ({
    digits: factors.reduce((product, { digits }) => product * digits, 1n),
    exponent: factors.reduce((sum, { exponent }) => sum + exponent, 0),
  }));
  if (!one || !other) return false;
  const digits = places([one, other]);
  return scaledInteger(one, digits) === scaledInteger(other, digits);
};
