import type { Column, Row, Value } from '../values/column.ts';
import { toStored } from '../values/stored-value.ts';
import { hasCode } from '../errors.ts';
import type { Condition, GridDefinition } from './grid.ts';
import type { StudyDefinition } from '../study/study-definition.ts';

/** Stands for the place of a value if the keyfield's condition does not hold: the keyfield is null. */
export const absent = -1;

/** A condition by places: `chosen[level]` must be one of `places`, for each term. */
type Terms = readonly { readonly level: number; readonly places: ReadonlySet<number> }[];

/** One keyfield in the nesting, with the conditions to check when it gets its value. */
export interface Level {
  readonly name: string;
  readonly values: readonly Value[];
  readonly when: Terms;
  /** The exclusions whose last keyfield this is: they are decided here. */
  readonly exclude: readonly Terms[];
  /** The places that conditions name. For conditions all other values are the same. */
  readonly named: ReadonlySet<number>;
}

/** Whether every term holds for the choices made so far. */
export const holds = (terms: Terms, chosen: readonly number[]): boolean => {
  for (const { level, places } of terms) if (!places.has(chosen[level] ?? absent)) return false;
  return true;
};

/** The keyfields from the slowest to the fastest, with their conditions resolved to places of values. */
export const levelsOf = (study: StudyDefinition, grid: GridDefinition): readonly Level[] => {
  const columns = new Map(study.keyfields.map((column): [string, Column] => [column.name, column]));
  const named = grid.nesting.map(() => new Set<number>());
  const placesOf = (name: string, wanted: readonly Value[]): ReadonlySet<number> => {
    const column = columns.get(name);
    const keys = new Set(column ? wanted.map((value) => toStored(value, column)) : []);
    const places = new Set<number>(wanted.includes(null) ? [absent] : []);
    for (const [place, value] of (grid.keyfields[name]?.values ?? []).entries()) {
      if (column && keys.has(toStored(value, column))) places.add(place);
    }
    return places;
  };
  const termsOf = (condition: Condition): Terms =>
    Object.entries(condition).map(([name, wanted]) => {
      const level = grid.nesting.indexOf(name);
      const places = placesOf(name, wanted);
      for (const place of places) if (place !== absent) named[level]?.add(place);
      return { level, places };
    });
  const exclusions = grid.exclude.map(termsOf);
  return grid.nesting.map((name, index) => ({
    name,
    values: grid.keyfields[name]?.values ?? [],
    when: termsOf(grid.keyfields[name]?.when ?? {}),
    exclude: exclusions.filter((terms) => Math.max(...terms.map(({ level }) => level)) === index),
    named: named[index] ?? new Set(),
  }));
};

/** Whether a grid has a combination. Looks at each keyfield's values and conditions, and makes no combination. */
export const gridMembership = (study: StudyDefinition, grid: GridDefinition): ((keyfields: Row) => boolean) => {
  const levels = levelsOf(study, grid).map((level) => {
    const column = study.keyfields.find(({ name }) => name === level.name);
    const keyOf = (value: unknown): unknown => (column ? toStored(value, column) : value);
    // null as a value has a place. null because a condition does not hold has none.
    const places = new Map(level.values.map((value, place) => [keyOf(value), place]));
    const found = (value: unknown): number | undefined => {
      try {
        return places.get(keyOf(value));
      } catch (error) {
        if (hasCode(error, 'VALUE_REFUSED')) return undefined; // from another program: no column of this type gives it back
        throw error;
      }
    };
    // In the order of a grid most rows have the value of the row before.
    let last: unknown;
    let place: number | undefined;
    const placeOf = (value: unknown): number | undefined => {
      if (!Object.is(value, last)) {
        place = found(value);
        last = value;
      }
      return place;
    };
    return { ...level, placeOf };
  });
  const chosen = levels.map(() => absent);
  if (levels.some(({ values }) => values.length === 0)) return () => false;
  return (keyfields) => {
    chosen.fill(absent);
    for (const [at, { name, when, exclude, placeOf }] of levels.entries()) {
      const value = keyfields[name] ?? null;
      if (holds(when, chosen)) {
        const place = placeOf(value);
        if (place === undefined) return false;
        chosen[at] = place;
      } else if (value !== null) return false;
      if (exclude.some((terms) => holds(terms, chosen))) return false;
    }
    return true;
  };
};
