import { createHash } from 'node:crypto';
import type { GridDefinition } from '../domain/parameter-grid.ts';
import type { StudyDefinition } from '../domain/study.ts';

/**
 * SHA-256, in hexadecimal, of all that decides which experiments a grid stands for: the keyfields with their types, and
 * the grid. Two that differ in their order alone have different digests.
 */
export const gridDigest = ({ keyfields }: StudyDefinition, grid: GridDefinition): string => {
  const columns = keyfields.map(({ name, type }) => [name, type.sql]);
  return createHash('sha256')
    .update(JSON.stringify([columns, grid], distinct))
    .digest('hex');
};

/** What JSON cannot hold, or takes for something else. */
const distinct = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return { is: `${value}` };
  return value;
};
