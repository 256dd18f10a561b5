import { type Column, toStored, type Value } from '../values/column-type.ts';
import type { Condition, GridDefinition } from './grid.ts';
import type { StudyDefinition } from '../study/study-definition.ts';

/** The place of the value that a keyfield has where its condition does not hold: it has none, and is null. */
export const absent = -1;

/** A condition by places: `chosen[level]` must be one of `places`, for each term. */
type Terms = readonly { readonly level: number; readonly places: ReadonlySet<number> }[];

/** One keyfield in the nesting, with what is to be decided when it gets its value. */
export interface Level {
  readonly name: string;
  readonly values: readonly Value[];
  readonly when: Terms;
  /** The exclusions whose last keyfield this is: no later choice can undo them. */
  readonly exclude: readonly Terms[];
  /** The places that conditions tell apart; all other values are alike to them. */
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
