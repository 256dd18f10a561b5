import type { Value } from '../../../domain/values/column-type.ts';
import { cellText } from '../../../domain/values/value-text.ts';
import { cut, plain } from '../../text/terminal-text.ts';
import { extremes } from '../../../domain/statistics/descriptive.ts';
import type { Keys } from '../../../application/evaluation/key-numbers.ts';

/** What is longer would leave no room for the plot. */
const LONGEST = 60;

/** One value of a keyfield, as it stands at an axis. */
export const valueLabel = (value: Value): string => cut(plain(cellText(value, '–')), LONGEST);

/** Combinations of keyfields with their labels, sorted as numbers where they are numbers, otherwise as they first came. */
export const labelled = (keys: Keys): readonly { readonly number: number; readonly label: string }[] => {
  const seen = new Map<string, number>();
  const all = keys.values.map((values, number) => {
    const label = values.map(valueLabel).join(', ');
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    // Long values that are cut may look the same and are not.
    return { number, values, label: before === 0 ? label : `${label} (${before + 1})` };
  });
  const isNumber = all.every(
    ({ values }) => values.length === 1 && (values[0] === null || typeof values[0] === 'number'),
  );
  return isNumber ? all.toSorted((one, other) => Number(one.values[0]) - Number(other.values[0])) : all;
};

/** `min–max`, or one number. */
export const spanText = (counts: readonly number[]): string => {
  const [least, greatest] = extremes(counts);
  return least === greatest ? String(least) : `${least}–${greatest}`;
};

/** Endings of names that say a unit. */
const units: ReadonlyMap<string, string> = new Map([
  ['seconds', 's'],
  ['sec', 's'],
  ['milliseconds', 'ms'],
  ['ms', 'ms'],
  ['minutes', 'min'],
  ['hours', 'h'],
  ['bytes', 'B'],
  ['kilobytes', 'kB'],
  ['megabytes', 'MB'],
  ['mb', 'MB'],
  ['gigabytes', 'GB'],
  ['gb', 'GB'],
  ['percent', '%'],
  ['kwh', 'kWh'],
  ['watts', 'W'],
  ['kg', 'kg'],
]);

/**
 * A field's name for an axis: underscores are spaces, and a unit that ends the name stands in parentheses:
 * `train_seconds` and `trainSeconds` are `train (s)`.
 */
export const axisLabel = (field: string): string => {
  const match = /^(.*[^_])_([a-z]+)$/i.exec(field) ?? /^(.*[a-z\d])([A-Z][a-z]+)$/.exec(field);
  const unit = units.get(match?.[2]?.toLowerCase() ?? '');
  const name = (unit === undefined ? field : (match?.[1] ?? field)).replaceAll('_', ' ');
  return unit === undefined ? name : `${name} (${unit})`;
};

/** Three texts, at the left, in the middle and at the right of so many columns. */
export const scaleLine = (left: string, middle: string, right: string, room: number): string => {
  const space = Math.max(2, room - left.length - middle.length - right.length);
  const before = Math.floor(space / 2);
  return `${left}${' '.repeat(before)}${middle}${' '.repeat(space - before)}${right}`;
};

/** Three significant digits: `0.973`, `1.2e+6`. */
export const shortNumber = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1);
  return size >= 1000 ? String(Math.round(value)) : Number(value.toPrecision(3)).toString();
};

/** Room for names, at most a third of the line. */
export const nameWidth = (labels: readonly string[], width: number): number =>
  Math.min(Math.floor(width / 3), Math.max(...labels.map(({ length }) => length)));
