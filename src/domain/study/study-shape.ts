import { type Column, type ColumnType, parseColumnType } from '../values/column-type.ts';
import { ExperimenterError } from '../errors.ts';
import { companionBase } from './names.ts';
import { didYouMean } from '../did-you-mean.ts';

/** A table that experiments append rows to; in the database `<table>__<name>`. */
export interface Logtable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** The shape of a study: plain data, so that it crosses threads. The grid of values is apart (parameter-grid.ts). */
export interface StudyDefinition {
  readonly table: string;
  readonly keyfields: readonly Column[];
  readonly resultfields: readonly Column[];
  /** Whether each resultfield is followed by a column `<field>_timestamp`. */
  readonly resultTimestamps: boolean;
  readonly logtables: readonly Logtable[];
  /** Columns of the main table that the study does not declare, where it is read as a database has it. */
  readonly undeclared?: readonly Column[];
  /** Whether energy and carbon of each attempt are recorded, in `<table>_codecarbon`. Absent: no. */
  readonly emissions?: boolean;
}

type Named = Pick<StudyDefinition, 'table'>;
type Results = Pick<StudyDefinition, 'resultfields' | 'resultTimestamps'>;

/** The main table's own columns, PyExperimenter's. */
export const fixedColumns = [
  'ID',
  'creation_date',
  'status',
  'start_date',
  'name',
  'machine',
  'end_date',
  'error',
] as const;

/** A logtable's own columns. */
export const fixedLogColumns = ['ID', 'experiment_id', 'timestamp'] as const;

/** The tables beside a main table that every study has. */
export type CompanionTable = 'runners' | 'leases' | 'attempts' | 'fills' | 'grids';

/**
 * The database's name of a table of ours beside the main one: `<table>_<companion>`, and another where no database would
 * take that.
 */
export const companionTableName = (study: Named, companion: CompanionTable): string =>
  `${companionBase(study.table)}_${companion}`;

/** The database's name of a logtable; PyExperimenter's. */
export const logtableName = (study: Named, logtable: string): string => `${study.table}__${logtable}`;

/** The database's name of the table of energy and carbon; PyExperimenter's. */
export const emissionsTableName = (study: Named): string => `${study.table}_codecarbon`;

/** The column that says when a resultfield was last written, where the study has such columns. */
export const timestampColumnName = (resultfield: string): string => `${resultfield}_timestamp`;

/** PyExperimenter's type for these columns: text, not a date. */
const timestampType: ColumnType = parseColumnType('VARCHAR(255)');

/** The resultfields, each followed by its timestamp column where there are any: the order of the table. */
export const resultColumns = (study: Results): readonly Column[] =>
  study.resultTimestamps
    ? study.resultfields.flatMap((column) => [column, { name: timestampColumnName(column.name), type: timestampType }])
    : study.resultfields;

export const resultColumnNames = (study: Results): readonly string[] => resultColumns(study).map(({ name }) => name);

/** Every column of the main table, in its order; what a filter may name. */
export const tableColumnNames = (study: StudyDefinition): readonly string[] => [
  'ID',
  ...study.keyfields.map(({ name }) => name),
  ...['creation_date', 'status', 'start_date', 'name', 'machine'],
  ...resultColumnNames(study),
  ...['end_date', 'error'],
  ...(study.undeclared ?? []).map(({ name }) => name),
];

/** Throws `FIELD_UNKNOWN`, with the nearest name, unless the main table has all these columns. */
export const requireColumns = (study: StudyDefinition, fields: readonly string[]): void => {
  const names = tableColumnNames(study);
  const unknown = fields.find((field) => !names.includes(field));
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, names);
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `${unknown} is no column of the study${meant}; there are: ${names.join(', ')}`,
  );
};
