/** An exact decimal number, `digits × 10^exponent`; `digits` has no trailing zeros, so equal numbers have equal parts. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const syntax = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:e([+-]?\d{1,6}))?$/i;

/** No column has more digits, and BigInt would take seconds for a text of a million digits. */
const longest = 2_000;

/** Reads decimal text, exactly: `1`, `-0.50`, `1e-3`. Undefined for anything else. */
export const parseDecimal = (text: string): Decimal | undefined => {
  if (text.length > longest) return undefined;
  const match = syntax.exec(text);
  if (!match) return undefined;
  const fraction = match[3] ?? match[4] ?? '';
  const digits = `${match[2] ?? ''}${fraction}`;
  const significant = digits.replace(/0+$/, '');
  if (significant.replace(/^0+/, '') === '') return { digits: 0n, exponent: 0 };
  return {
    digits: BigInt(`${match[1] === '-' ? '-' : ''}${significant}`),
    exponent: Number(match[5] ?? 0) - fraction.length + digits.length - significant.length,
  };
};

/** A finite number as JavaScript writes it, which is the shortest decimal that reads back as it. */
export const decimalOf = (value: number): Decimal => {
  const decimal = parseDecimal(String(value));
  if (!decimal) throw new RangeError(`${value} is not a finite number`);
  return decimal;
};

/** The double that is nearest to a decimal. */
export const nearestNumber = ({ digits, exponent }: Decimal): number => Number(`${digits}e${exponent}`);

export const sameDecimal = (one: Decimal, other: Decimal): boolean =>
  one.digits === other.digits && one.exponent === other.exponent;

/** The double that has the same digits as this decimal. Undefined: there is none. */
export const exactNumber = (decimal: Decimal): number | undefined => {
  const nearest = nearestNumber(decimal);
  return Number.isFinite(nearest) && sameDecimal(decimalOf(nearest), decimal) ? nearest : undefined;
};

/** The integer that is equal to a decimal. Undefined: it has digits after the point, or more before it than any column. */
export const integerOf = ({ digits, exponent }: Decimal): bigint | undefined =>
  exponent < 0 || exponent > longest ? undefined : digits * 10n ** BigInt(exponent);

/** The largest number of digits after the point. */
export const places = (decimals: readonly Decimal[]): number =>
  Math.max(0, ...decimals.map(({ exponent }) => -exponent));

/** The decimal times 10^shift; it must have at most `shift` digits after the point. */
export const scaledInteger = ({ digits, exponent }: Decimal, shift: number): bigint =>
  digits * 10n ** BigInt(exponent + shift);
