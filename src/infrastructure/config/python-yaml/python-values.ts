/** One value of a list, and whether Python would have it as a float: JavaScript does not tell 1.0 from 1. */
export interface PythonValue {
  readonly value: unknown;
  readonly float: boolean;
}

/** A list with more values is a typing error, not a study. */
const mostValues = 10_000_000;

/** The numbers of numpy's `arange(start, stop, step)`, rounded and counted as it does; or what is wrong, in words. */
export const arange = (start: PythonValue, stop: PythonValue, step: PythonValue): readonly PythonValue[] | string => {
  const [from, to, by] = [start.value, stop.value, step.value].map((value) =>
    typeof value === 'number' && Number.isFinite(value) ? value : undefined,
  );
  if (from === undefined || to === undefined || by === undefined) return 'start, stop and step must be finite numbers';
  const shown = `the range from ${from} to ${to} by ${by}`;
  if (by === 0) return `${shown} never ends; allowed is a step other than 0`;
  const float = [start, stop, step].some((each) => each.float || !Number.isInteger(each.value));
  const count = Math.ceil((to - from) / by);
  if (count <= 0) return `${shown} is empty; stop itself is not part of a range`;
  if (count > mostValues) return `${shown} has ${count} values; allowed are up to ${mostValues}`;
  // numpy's second value is the sum, and all later ones are multiples of the distance that this has left.
  const distance = float ? from + by - from : by;
  return Array.from({ length: count }, (_, index) => ({
    value: index === 1 ? from + by : from + index * distance,
    float,
  }));
};

type Kind = 'none' | 'bool' | 'int' | 'float' | 'text' | 'other';

const kindOf = ({ value, float }: PythonValue): Kind => {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return float || !Number.isInteger(value) ? 'float' : 'int';
  return typeof value === 'string' ? 'text' : 'other';
};

/**
 * What a text column holds for each value of a list that PyExperimenter fills: numpy gives a list one type, then the
 * database writes numbers in its own way. `mixed`: numpy has changed some.
 */
export const textsOfList = (
  list: readonly PythonValue[],
  provider: string,
): { readonly values: readonly unknown[]; readonly mixed: boolean } => {
  const kinds = new Set(list.map(kindOf));
  // Lists with None or objects in them stay as they are.
  const alike = kinds.has('none') || kinds.has('other') ? undefined : kinds;
  const mixed = alike !== undefined && alike.size > 1;
  const values = list.map((each) => {
    const { value } = each;
    const kind = kindOf(each);
    if (kind === 'none' || kind === 'other' || kind === 'text') return value;
    if (alike?.has('text') === true) return pythonText(each);
    if (kind === 'float' || alike?.has('float') === true) return storedFloat(Number(value), provider);
    return String(typeof value === 'boolean' ? Number(value) : value);
  });
  return { values, mixed };
};

/** Python's `str`. */
export const pythonText = (each: PythonValue): string => {
  const { value } = each;
  const kind = kindOf(each);
  if (kind === 'bool') return value === true ? 'True' : 'False';
  if (kind !== 'float') return String(value);
  const number = Number(value);
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number < 0 ? '-inf' : 'inf';
  const [digits = '0', exponent = '0'] = number.toExponential().split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${twoDigits(power)}`;
  if (Object.is(number, -0)) return '-0.0';
  return Number.isInteger(number) ? `${number}.0` : fixed(number);
};

/** A double that was written into a text column: SQLite's `%!.15g`, MySQL's shortest form. */
const storedFloat = (number: number, provider: string): string => {
  if (!Number.isFinite(number)) return String(number);
  if (provider === 'mysql') {
    const power = Number(number.toExponential().split('e')[1]);
    if (power >= 15 || power < -15) return number.toExponential().replace('e+', 'e');
    return fixed(number);
  }
  const [digits = '0', exponent = '0'] = number.toExponential(14).split('e');
  const short = digits.replace(/0+$/, '').replace(/\.$/, '');
  const power = Number(exponent);
  if (power < -4 || power >= 15) {
    return `${short.includes('.') ? short : `${short}.0`}e${power < 0 ? '-' : '+'}${twoDigits(power)}`;
  }
  const text = fixed(Number(`${short}e${power}`));
  return text.includes('.') ? text : `${text}.0`;
};

/** Without an exponent; JavaScript has one below 10^-6. */
const fixed = (number: number): string => {
  const text = String(number);
  const [, sign = '', whole = '', fraction = '', power] = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  return power === undefined ? text : `${sign}0.${'0'.repeat(Number(power) - 1)}${whole}${fraction}`;
};

const twoDigits = (power: number): string => String(Math.abs(power)).padStart(2, '0');
