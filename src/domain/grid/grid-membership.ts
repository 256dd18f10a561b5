import { type Row, toStored } from '../values/column-type.ts';
import { hasCode } from '../errors.ts';
import { absent, holds, levelsOf } from './levels.ts';
import type { GridDefinition } from './grid.ts';
import type { StudyDefinition } from '../study/study-definition.ts';

/** Whether a grid has a combination, found without making any: a look at each keyfield's values and conditions. */
export const gridMembership = (study: StudyDefinition, grid: GridDefinition): ((keyfields: Row) => boolean) => {
  const levels = levelsOf(study, grid).map((level) => {
    const column = study.keyfields.find(({ name }) => name === level.name);
    const keyOf = (value: unknown): unknown => (column ? toStored(value, column) : value);
    // Of a value that stands for null, the place; null where a condition does not hold has none.
    const places = new Map(level.values.map((value, place) => [keyOf(value), place]));
    const found = (value: unknown): number | undefined => {
      try {
        return places.get(keyOf(value));
      } catch (error) {
        if (hasCode(error, 'VALUE_REFUSED')) return undefined; // another program's: no column of this type gives it back
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
