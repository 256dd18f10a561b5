import type { Row, Value } from './column.ts';

/** The estimated size of a row in memory: the characters of its texts, and a constant for the row itself. */
export const rowWeight = (row: Row): number => {
  let weight = 200;
  for (const name in row) weight += valueWeight(row[name]);
  return weight;
};

export const valueWeight = (value: Value | undefined): number => (typeof value === 'string' ? value.length : 8);
