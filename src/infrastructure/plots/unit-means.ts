/** Values by group and unit: what one unit, such as a seed, has more than once is averaged. */
export class UnitMeans {
  #isAveraged = false;
  readonly #groups = new Map<number, Map<number, { total: number; count: number }>>();

  add(group: number, unit: number, value: number): void {
    let units = this.#groups.get(group);
    if (!units) this.#groups.set(group, (units = new Map()));
    const known = units.get(unit);
    if (!known) units.set(unit, { total: value, count: 1 });
    else {
      this.#isAveraged = true;
      known.total += value;
      known.count += 1;
    }
  }

  /** Whether any unit had something more than once. */
  get isAveraged(): boolean {
    return this.#isAveraged;
  }

  groups(): Iterable<number> {
    return this.#groups.keys();
  }

  /** One value a unit; empty for an unknown group. */
  values(group: number): Float64Array {
    return Float64Array.from(this.#groups.get(group)?.values() ?? [], ({ total, count }) => total / count);
  }

  /** Of one unit of a group; undefined: it has none. */
  value(group: number, unit: number): number | undefined {
    const known = this.#groups.get(group)?.get(unit);
    return known && known.total / known.count;
  }
}
