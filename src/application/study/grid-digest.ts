import { createHash } from 'node:crypto';
import type { Value } from '../../domain/values/column.ts';
import type { GridDefinition } from '../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';

/**
 * SHA-256, in hexadecimal, of everything that decides which experiments a grid has: the keyfields with their types and
 * values, conditions and exclusions. The nesting decides only their order.
 */
export const gridDigest = (study: StudyDefinition, { keyfields, exclude }: GridDefinition): string => {
  const fields = study.keyfields.map(({ name, type }) => {
    const { values, when = {} } = keyfields[name] ?? {};
    return [name, type.sql, values?.map(distinct), terms(when)];
  });
  return createHash('sha256')
    .update(JSON.stringify([fields, exclude.map(terms)]))
    .digest('hex');
};

const terms = (condition: Readonly<Record<string, readonly Value[]>>): readonly unknown[] =>
  Object.entries(condition).map(([name, values]) => [name, values.map(distinct)]);

/** Marks values that JSON cannot hold, or would make equal to others. */
const distinct = (value: Value): Value =>
  typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? { is: `${value}` } : value;
