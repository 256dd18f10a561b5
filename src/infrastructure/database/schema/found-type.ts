import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { ColumnType } from '../../../domain/values/column.ts';

/** Parses a type that a database reports. Undefined: the type is not in the allow-list. */
export const knownType = (text: string): ColumnType | undefined => {
  try {
    return parseColumnType(text);
  } catch {
    return undefined;
  }
};

/**
 * Whether the type that a database reports is the expected one. Servers have their own names for types, and
 * PyExperimenter writes them in another case.
 */
export const isType = (found: string, expected: string): boolean => {
  const [is, wanted] = [knownType(found), knownType(expected)];
  if (!is || !wanted) return found.toUpperCase() === expected.toUpperCase();
  // SQLite keeps the type's name as it was written, and stores any number in such a column unchanged. Servers report
  // the digits.
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
