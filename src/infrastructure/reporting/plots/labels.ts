import type { Value } from '../../../domain/values/column-type.ts';
import { cellText } from '../../text/cell.ts';
import { cut, plain } from '../../text/terminal-text.ts';
import { extremes } from '../../../domain/statistics/extremes.ts';
import type { Keys } from '../../../application/evaluation/key-numbers.ts';

/** What is longer would leave no room for the plot. */
const LONGEST = 60;

/** One value of a keyfield, as it stands at an axis. */
export const valueLabel = (value: Value): string => (value === null ? '–' : cut(plain(cellText(value)), LONGEST));

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
