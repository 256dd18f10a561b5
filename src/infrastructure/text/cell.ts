import type { Column, Value } from '../../domain/values/column-type.ts';
import type { CsvColumn } from './csv.ts';
import { jsonText } from '../../domain/values/value-text.ts';

/** A value as people read it: NULL is nothing, text is itself, everything else as in JSON. */
export const cellText = (value: Value | undefined): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : jsonText(value);
};

const numericKinds: ReadonlySet<string> = new Set(['integer', 'real', 'decimal']);

/** A column as CSV and tables for people need to know it. */
export const csvColumn = ({ name, type: { kind } }: Column): CsvColumn => ({
  name,
  numeric: numericKinds.has(kind),
  ...(kind === 'json' && { json: true }),
});
