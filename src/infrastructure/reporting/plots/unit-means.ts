import { growingDoubles, growingIntegers } from '../../../application/evaluation/growable-array.ts';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { numberOrNaN } from '../../../application/evaluation/samples.ts';
import type { PlotRequest } from './plot-request.ts';

/**
 * Values by group and unit, such as a seed; both are numbered from 0. Several values of one unit are averaged. A value
 * takes sixteen bytes.
 */
export class UnitMeans {
  readonly #groups = growingIntegers();
  readonly #units = growingIntegers();
  readonly #values = growingDoubles();
  #means: readonly Float64Array[] | undefined;
  #isAveraged = false;

  add(group: number, unit: number, value: number): void {
    this.#groups.push(group);
    this.#units.push(unit);
    this.#values.push(value);
  }

  /** Whether any unit had several values. Call it after the last `add`. */
  get isAveraged(): boolean {
    this.#all();
    return this.#isAveraged;
  }

  /** One value for each unit; empty for an unknown group. Call it after the last `add`. */
  values(group: number): Float64Array {
    return this.#all()[group] ?? new Float64Array();
  }

  /** The values of each group, in the order in which they were added: a counting sort. */
  #all(): readonly Float64Array[] {
    if (this.#means) return this.#means;
    const groups = this.#groups.numbers();
    const starts = new Int32Array(groups.reduce((most, group) => Math.max(most, group), -1) + 2);
    for (const group of groups) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    for (let group = 1; group < starts.length; group += 1)
      starts[group] = (starts[group] ?? 0) + (starts[group - 1] ?? 0);
    const units = new Int32Array(groups.length);
    const values = new Float64Array(groups.length);
    const next = starts.slice();
    for (let at = 0; at < groups.length; at += 1) {
      const group = groups[at] ?? 0;
      const place = next[group] ?? 0;
      next[group] = place + 1;
      units[place] = this.#units.at(at);
      values[place] = this.#values.at(at);
    }
    return (this.#means = Array.from({ length: starts.length - 1 }, (_, group) => {
      const [from, end] = [starts[group], starts[group + 1]];
      return this.#meansOf(units.subarray(from, end), values.subarray(from, end));
    }));
  }

  #meansOf(units: Int32Array, values: Float64Array): Float64Array {
    // Ascending units have one value each, as in a grid.
    if (units.every((unit, at) => at === 0 || unit > (units[at - 1] ?? 0))) return values;
    const means = new Map<number, { total: number; count: number }>();
    for (const [at, unit] of units.entries()) {
      const known = means.get(unit);
      const value = values[at] ?? 0;
      if (!known) means.set(unit, { total: value, count: 1 });
      else {
        this.#isAveraged = true;
        known.total += value;
        known.count += 1;
      }
    }
    return Float64Array.from(means.values(), ({ total, count }) => total / count);
  }
}

/** Reads a resultfield: the groups are the combinations of `by`, the units those of `over`. */
export const readMeans = async (
  request: PlotRequest,
  value: string,
  by: readonly string[],
  over: readonly string[],
): Promise<{ readonly groups: Keys; readonly means: UnitMeans }> => {
  const groups = new Keys(by.map((_, index) => index + 1));
  const units = new Keys(
    over.map((_, index) => by.length + index + 1),
    false,
  );
  const means = new UnitMeans();
  for await (const page of request.pages([value, ...by, ...over])) {
    for (const row of page) {
      const number = numberOrNaN(row[0]);
      if (!Number.isNaN(number)) means.add(groups.number(row), units.number(row), number);
    }
  }
  return { groups, means };
};
