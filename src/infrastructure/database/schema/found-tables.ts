import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { Column, ColumnType } from '../../../domain/values/column.ts';
import { fixedColumns, fixedLogColumns, resultColumns } from '../../../domain/study/table-layout.ts';
import { logtableName } from '../../../domain/study/table-names.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { tablePlans } from './table-plans.ts';
import type { Dialect, Sql } from '../connection/sql.ts';
import { isType, knownType } from './found-type.ts';
import { definitionOf, type FoundColumns } from './table-definition.ts';

/** The tables of a study as they exist, for a study that is only read. Only the main table must exist. */
export interface FoundTables {
  /** The study with the types of the existing columns, and with the columns that it does not declare. */
  readonly study: StudyDefinition;
  /** Names of the existing tables. */
  readonly names: ReadonlySet<string>;
  /** Names of the main table's indexes. */
  readonly indexes: ReadonlySet<string>;
  /** The columns that each table should have, but does not have. */
  readonly lacking: ReadonlyMap<string, readonly string[]>;
  /** The spelling of a column's name in an existing table. Undefined: the table does not have the column. */
  readonly nameIn: (table: string, column: string) => string | undefined;
  /** All tables exist, so they need not be inspected again. */
  readonly complete: boolean;
}

/**
 * Inspects the tables of the study. Undefined: the main table does not exist. Throws `SCHEMA_MISMATCH` if that table is
 * not the main table of a study, or has none of the keyfields.
 */
export const findTables = async (
  sql: Sql,
  dialect: Dialect,
  study: StudyDefinition,
): Promise<FoundTables | undefined> => {
  const main = await definitionOf(sql, dialect, study.table);
  if (!main) return undefined;
  requireStudy(study, main.columns);
  const columns = new Map([[study.table, main.columns]]);
  const others = tablePlans(study, dialect.name)
    .map(({ name }) => name)
    .filter((name) => name !== study.table);
  for (const table of others) {
    const found = await definitionOf(sql, dialect, table);
    if (found) columns.set(table, found.columns);
  }
  const lacking = new Map<string, readonly string[]>();
  /** The declared columns with the types that they have, and then the columns that the study does not declare. */
  const matched = (table: string, declared: readonly Column[], fixed: readonly string[]) => {
    const found = columns.get(table);
    if (!found) return { known: declared, undeclared: [] };
    const names = [...fixed, ...declared.map(({ name }) => name)];
    const missing = names.filter((name) => typeIn(found, name) === undefined);
    if (missing.length > 0) lacking.set(table, missing);
    const taken = new Set(names.map((name) => name.toLowerCase()));
    return {
      known: declared.map((column) => asFound(column, typeIn(found, column.name))),
      undeclared: [...found]
        .filter(([name]) => !taken.has(name.toLowerCase()) && !(name in {}))
        .map(([name, type]) => ({ name, type: typeOf(type) })),
    };
  };
  const results = resultColumns(study);
  const { known, undeclared } = matched(study.table, [...study.keyfields, ...results], fixedColumns);
  const types = new Map(known.map((column) => [column.name, column]));
  const typed = (declared: readonly Column[]) => declared.map((column) => types.get(column.name) ?? column);
  return {
    study: {
      ...study,
      keyfields: typed(study.keyfields),
      resultfields: typed(study.resultfields),
      logtables: study.logtables.map(({ name, columns: declared }) => {
        const log = matched(logtableName(study, name), declared, fixedLogColumns);
        return { name, columns: [...log.known, ...log.undeclared] };
      }),
      ...(undeclared.length > 0 && { undeclared }),
    },
    names: new Set(columns.keys()),
    indexes: new Set(main.indexes.keys()),
    lacking,
    nameIn: (table, column) => nameIn(columns.get(table), column),
    complete: others.every((table) => columns.has(table)),
  };
};

const requireStudy = (study: StudyDefinition, found: FoundColumns): void => {
  const lacking = ['ID', 'status'].filter((name) => typeIn(found, name) === undefined);
  const known = study.keyfields.some(({ name }) => typeIn(found, name) !== undefined);
  if (lacking.length === 0 && known) return;
  const what =
    lacking.length > 0
      ? `no column ${lacking.join(', ')}`
      : `none of the keyfields ${study.keyfields.map(({ name }) => name).join(', ')}`;
  throw new ExperimenterError(
    'SCHEMA_MISMATCH',
    `table ${study.table} is not one of this study: it has ${what}, only ${[...found.keys()].join(', ')}; ` +
      `choose another table name in the configuration`,
  );
};

/** Both databases ignore case in the names of columns. */
const nameIn = (found: FoundColumns | undefined, name: string): string | undefined =>
  !found || found.has(name)
    ? name
    : [...found.keys()].find((candidate) => candidate.toLowerCase() === name.toLowerCase());

const typeIn = (found: FoundColumns, name: string): string | undefined => found.get(nameIn(found, name) ?? name);

const text = parseColumnType('LONGTEXT');

/** A column of an unknown type is read as text. */
const typeOf = (found: string): ColumnType => knownType(found) ?? text;

const asFound = (column: Column, found: string | undefined): Column => {
  if (found === undefined || isType(found, column.type.sql)) return column;
  const type = typeOf(found);
  return column.type.kind === 'json' && type.kind === 'text' ? column : { ...column, type };
};
