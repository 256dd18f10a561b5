import type { Value } from '../../../domain/values/column.ts';
import { cellText } from '../../../domain/values/value-text.ts';
import { cut, plain } from '../../text/terminal-text.ts';
import { extremes } from '../../../domain/statistics/descriptive.ts';
import type { Keys } from '../../../application/evaluation/key-numbers.ts';

/** Longer labels are cut, so that the plot has room. */
const LONGEST = 60;

/** A value of a keyfield as label of an axis. */
export const valueLabel = (value: Value): string => cut(plain(cellText(value, '–')), LONGEST);

/**
 * Combinations of keyfields with their labels. Numbers are sorted; all others keep the order in which they were found.
 */
export const labelled = (keys: Keys): readonly { readonly number: number; readonly label: string }[] => {
  const seen = new Map<string, number>();
  const all = keys.values.map((values, number) => {
    const label = values.map(valueLabel).join(', ');
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    // Different long values may have equal labels after the cut.
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

/** Units, by the word at the end of a field's name. */
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
 * A field's name for an axis: underscores become spaces, and a unit at the end is written in parentheses.
 * `train_seconds` and `trainSeconds` become `train (s)`.
 */
export const axisLabel = (field: string): string => {
  const match = /^(.*[^_])_([a-z]+)$/i.exec(field) ?? /^(.*[a-z\d])([A-Z][a-z]+)$/.exec(field);
  const unit = units.get(match?.[2]?.toLowerCase() ?? '');
  const name = (unit === undefined ? field : (match?.[1] ?? field)).replaceAll('_', ' ');
  return unit === undefined ? name : `${name} (${unit})`;
};

/** Three texts on one line of `room` columns: left, centred and right. */
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

/** The columns for names at the left, at most a third of the line. */
export const nameWidth = (labels: readonly string[], width: number): number =>
  Math.min(Math.floor(width / 3), Math.max(...labels.map(({ length }) => length)));
