import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { ColumnType } from '../../../domain/values/column.ts';

/** The type that a database names; undefined if it is none of ours. */
export const knownType = (text: string): ColumnType | undefined => {
  try {
    return parseColumnType(text);
  } catch {
    return undefined;
  }
};

/** Whether the type that a database names is the expected one: servers have their own words, and PyExperimenter its own cases. */
export const isType = (found: string, expected: string): boolean => {
  const [is, wanted] = [knownType(found), knownType(expected)];
  if (!is || !wanted) return found.toUpperCase() === expected.toUpperCase();
  // SQLite keeps the word as it was written, and any number in such a column unchanged; servers name the digits.
  if (wanted.kind === 'real' && /^(numeric|decimal)$/i.test(found)) return true;
  if (wanted.kind === 'boolean') return is.kind === 'boolean' || /^tinyint(\(1\))?$/i.test(found);
  if (wanted.kind === 'json') return is.kind === 'json' || /^longtext$/i.test(found); // MariaDB
  if (is.kind !== wanted.kind) return false;
  const facts = ({ kind, sql, length, bytes, range, precision, scale, fraction }: ColumnType) =>
    JSON.stringify([
      length,
      bytes,
      range,
      precision,
      scale,
      fraction,
      kind === 'datetime' && sql.slice(0, 4),
      kind === 'text' && sql.startsWith('CHAR'),
    ]);
  return facts(is) === facts(wanted);
};
