import type { Column, ColumnType, StoredValue, Value } from './column.ts';
import { type Decimal, decimalOf, exactNumber, integerOf, parseDecimal } from './decimal.ts';
import { refusal } from './refusal.ts';

const numberOrBigint = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** The exact number that a value stands for, in any notation. Undefined: it is no number. */
const exactly = (value: unknown): Decimal | undefined => {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? decimalOf(value) : undefined;
    case 'bigint':
      return parseDecimal(String(value));
    case 'boolean':
      return { digits: value ? 1n : 0n, exponent: 0 };
    case 'string':
      return parseDecimal(value);
    default:
      return undefined;
  }
};

const noNumber = (value: unknown, allowed: string): string =>
  typeof value === 'number'
    ? `no database column holds ${value} unchanged; allowed: ${allowed}`
    : `allowed: ${allowed}`;

const beyondSafe = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);

const ambiguous = 'beyond 2^53 a number stands for several integers; allowed: a bigint or a string of digits';

export const integerToStored = (value: unknown, column: Column): StoredValue => {
  const { min, end } = column.type.range ?? { min: -(2 ** 63), end: 2 ** 63 };
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value < end)
    return value === 0 ? 0 : value;
  const allowed = `an integer from ${BigInt(min)} to ${BigInt(end) - 1n}`;
  if (beyondSafe(value)) throw refusal(value, column, ambiguous);
  const exact = exactly(value);
  if (!exact) throw refusal(value, column, noNumber(value, allowed));
  const integer = integerOf(exact);
  if (integer === undefined) throw refusal(value, column, `it is not an integer; allowed: ${allowed}`);
  if (integer < min || integer >= end) throw refusal(value, column, `it is out of range; allowed: ${allowed}`);
  return numberOrBigint(integer);
};

const exactBigint = (value: bigint): number | undefined => {
  const nearest = Number(value);
  return Number.isFinite(nearest) && BigInt(nearest) === value ? nearest : undefined;
};

export const realToStored = (value: unknown, column: Column): StoredValue => {
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  const allowed = 'a finite number';
  const exact = exactly(value);
  if (!exact) throw refusal(value, column, noNumber(value, allowed));
  // A bigint must have an equal double; a decimal text must come back with the same digits.
  const number = typeof value === 'bigint' ? exactBigint(value) : exactNumber(exact);
  if (number === undefined) {
    throw refusal(value, column, 'it has more digits than a double keeps; allowed: what a number holds exactly');
  }
  return number;
};

/**
 * A decimal is stored as a number, or beyond 2^53 as a bigint. SQLite has no decimals, only doubles and 64-bit integers.
 * What those cannot keep is refused on every database.
 */
export const decimalToStored = (value: unknown, column: Column): StoredValue => {
  const { precision = 10, scale = 0, sql } = column.type;
  // The common case, without decimal arithmetic: the number has at most `scale` digits after the point and is not too large.
  if (typeof value === 'number' && Math.abs(value) < Math.min(10 ** (precision - scale), 2 ** 53)) {
    if (Number(value.toFixed(scale)) === value) return value === 0 ? 0 : value;
  }
  const allowed = `at most ${precision - scale} digits before the point and ${scale} behind it`;
  if (beyondSafe(value)) throw refusal(value, column, ambiguous);
  const exact = exactly(value);
  if (!exact) throw refusal(value, column, noNumber(value, `a number with ${allowed}`));
  if (exact.exponent < -scale) {
    throw refusal(value, column, `${sql} would round it; allowed: ${allowed}, or declare a larger scale or DOUBLE`);
  }
  const size = `${exact.digits}`.replace('-', '').length;
  if (exact.digits !== 0n && size + exact.exponent > precision - scale) {
    throw refusal(value, column, `it is too large; allowed: ${allowed}`);
  }
  const integer = integerOf(exact);
  if (integer !== undefined) {
    if (BigInt.asIntN(64, integer) === integer) return numberOrBigint(integer);
  } else {
    const number = exactNumber(exact);
    if (number !== undefined) return number;
  }
  throw refusal(
    value,
    column,
    'it has more digits than SQLite keeps; allowed: about 15 digits, a 64-bit integer, or declare VARCHAR',
  );
};

/** Reads an integer from a driver. A value that is no integer comes from another program, and is left as it is. */
export const integerFromStored = (stored: number | bigint | string): Value => {
  if (typeof stored === 'bigint') return numberOrBigint(stored);
  return typeof stored === 'string' && /^-?\d+$/.test(stored) ? numberOrBigint(BigInt(stored)) : stored;
};

export const realFromStored = (stored: number | bigint | string): Value => {
  if (typeof stored === 'number') return stored;
  return typeof stored === 'bigint' || parseDecimal(stored) ? Number(stored) : stored;
};

export const decimalFromStored = (stored: number | bigint | string): Value => {
  if (typeof stored === 'number') return stored;
  const exact = parseDecimal(String(stored));
  const number = exact && exactNumber(exact);
  return number === undefined || beyondSafe(number) ? String(stored) : number;
};

/** The number with the fewest digits that is equal in single precision: 0.1, not 0.10000000149011612. */
export const shortestFloat = (single: number): number => {
  for (let digits = 6; digits < 9; digits += 1) {
    const number = Number(single.toPrecision(digits));
    if (Math.fround(number) === single) return number;
  }
  return Number(single.toPrecision(9));
};

/**
 * Reads the number in a BLOB: Python's driver for SQLite writes numpy's numbers, except float64, as their bytes. Eight bytes
 * are an integer. Four bytes are a float if the column holds fractions, otherwise an integer. Undefined: no such BLOB.
 */
export const numberInBlob = (bytes: Uint8Array, kind: ColumnType['kind']): number | bigint | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fractions = kind === 'real' || kind === 'decimal';
  if (!fractions && kind !== 'integer' && kind !== 'boolean') return undefined;
  switch (bytes.length) {
    case 8:
      return view.getBigInt64(0, true);
    case 4:
      return fractions ? shortestFloat(view.getFloat32(0, true)) : view.getInt32(0, true);
    case 2:
      return fractions ? undefined : view.getInt16(0, true);
    case 1:
      return view.getInt8(0);
    default:
      return undefined;
  }
};
