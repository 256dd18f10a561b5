import { parseColumnType } from '../values/column-type.ts';
import type { Column } from '../values/column.ts';
import { didYouMean } from '../did-you-mean.ts';
import { ExperimenterError } from '../errors.ts';
import { emissionTypes } from '../experiment/emissions.ts';
import { type Logtable, logtableNamed, type StudyDefinition } from './study-definition.ts';
import { type CompanionTable, companionTableName, emissionsTableName, logtableName } from './table-names.ts';

/*
 * The tables of a study: their columns and keys. Each column is stated here and nowhere else. The main table, the
 * logtables and the table of energy and carbon are PyExperimenter's, to the letter: both programs use them at once.
 */

/** One column of a table. */
export interface TableColumn extends Column {
  readonly nullable: boolean;
  /** Added to a table that lacks it: a column that the study declares, or one of energy and carbon. */
  readonly addable: boolean;
}

/** One table. */
export interface TableLayout {
  readonly name: string;
  /** `log` refers to `main` by a foreign key; `own` is a table of ours, which PyExperimenter does not know. */
  readonly kind: 'main' | 'log' | 'own';
  readonly columns: readonly TableColumn[];
  readonly primaryKey: readonly string[];
  /** Columns of which each is unique. */
  readonly unique?: readonly string[];
}

type Named = Pick<StudyDefinition, 'table'>;
type Results = Pick<StudyDefinition, 'resultfields' | 'resultTimestamps'>;

const optional = (name: string, type: string): TableColumn => ({
  name,
  type: parseColumnType(type),
  nullable: true,
  addable: false,
});
const required = (name: string, type: string): TableColumn => ({ ...optional(name, type), nullable: false });
const addable = (columns: readonly Column[]): readonly TableColumn[] =>
  columns.map((column) => ({ ...column, nullable: true, addable: true }));

/** The column that says when a resultfield was last written, where the study has such columns. */
export const timestampColumnName = (resultfield: string): string => `${resultfield}_timestamp`;

/** The resultfields, each followed by its timestamp column where there are any: the order of the table. */
export const resultColumns = (study: Results): readonly Column[] =>
  study.resultTimestamps
    ? // PyExperimenter's type for a timestamp is text, not a date.
      study.resultfields.flatMap((column) => [
        column,
        { name: timestampColumnName(column.name), type: parseColumnType('VARCHAR(255)') },
      ])
    : study.resultfields;

export const resultColumnNames = (study: Results): readonly string[] => resultColumns(study).map(({ name }) => name);

const mainColumns = (study: Results & Pick<StudyDefinition, 'keyfields'>): readonly TableColumn[] => [
  required('ID', 'INTEGER'),
  ...addable(study.keyfields),
  optional('creation_date', 'DATETIME'),
  optional('status', 'VARCHAR(255)'),
  optional('start_date', 'DATETIME'),
  optional('name', 'LONGTEXT'),
  optional('machine', 'VARCHAR(255)'),
  ...addable(resultColumns(study)),
  optional('end_date', 'DATETIME'),
  optional('error', 'LONGTEXT'),
];

const logColumns = (columns: readonly Column[]): readonly TableColumn[] => [
  required('ID', 'INTEGER'),
  optional('experiment_id', 'INTEGER'),
  optional('timestamp', 'DATETIME'),
  ...addable(columns),
];

/** The columns of energy and carbon behind `ID` and `experiment_id`. */
export const emissionsColumns: readonly Column[] = Object.entries(emissionTypes).map(([name, type]) => ({
  name,
  type: parseColumnType(type),
}));

/** Every column of the table of energy and carbon. */
export const emissionsTableColumns: readonly TableColumn[] = [
  required('ID', 'INTEGER'),
  optional('experiment_id', 'INTEGER'),
  ...addable(emissionsColumns),
];

/** A UUID, of a runner, an attempt or a group of log rows. */
const UUID = 'CHAR(36)';
/** UTC with milliseconds. */
const INSTANT = 'DATETIME(3)';

/** The tables of ours. None has a foreign key to the main table: PyExperimenter drops that table. */
const companions = {
  // No secondary index, on purpose: rows locked through one deadlock with heartbeats, which come by primary key.
  runners: {
    primaryKey: ['id'],
    columns: [
      required('id', UUID),
      required('name', 'LONGTEXT'),
      required('host', 'VARCHAR(255)'),
      required('pid', 'BIGINT'),
      required('workers', 'INTEGER'),
      required('version', 'VARCHAR(255)'),
      required('started_at', INSTANT),
      required('heartbeat_at', INSTANT),
      required('expires_at', INSTANT),
      required('heartbeats', 'BIGINT'),
      required('state', 'VARCHAR(16)'),
      optional('facts', 'LONGTEXT'),
    ],
  },
  // What runs now. The primary key allows one lease for each experiment.
  leases: {
    primaryKey: ['experiment_id'],
    columns: [
      required('experiment_id', 'BIGINT'),
      required('attempt_id', UUID),
      required('number', 'INTEGER'),
      required('runner_id', UUID),
      required('claimed_at', INSTANT),
      optional('progress', 'LONGTEXT'),
      required('resumed', 'BOOLEAN'),
      optional('last_log', UUID),
      optional('resumed_from', 'LONGTEXT'),
    ],
  },
  // History. done_id is the experiment's id for a `done` that counts: the database refuses a second one.
  attempts: {
    primaryKey: ['experiment_id', 'number'],
    unique: ['done_id'],
    columns: [
      required('experiment_id', 'BIGINT'),
      required('number', 'INTEGER'),
      required('attempt_id', UUID),
      required('runner_id', UUID),
      optional('host', 'VARCHAR(255)'),
      required('started_at', INSTANT),
      required('ended_at', INSTANT),
      required('outcome', 'VARCHAR(16)'),
      optional('detail', 'LONGTEXT'),
      required('superseded', 'BOOLEAN'),
      optional('done_id', 'BIGINT'),
    ],
  },
  // The configuration that the experiments of these ids were filled from: a row for each uninterrupted fill. The text
  // is in the first of the rows that share it.
  fills: {
    primaryKey: ['first_id'],
    columns: [
      required('first_id', 'BIGINT'),
      required('last_id', 'BIGINT'),
      required('filled_at', INSTANT),
      required('sha256', 'CHAR(64)'),
      optional('configuration', 'LONGTEXT'),
    ],
  },
  // The grids of which a fill found or made every combination, with the number of experiments and the last id then.
  grids: {
    primaryKey: ['sha256'],
    columns: [required('sha256', 'CHAR(64)'), required('experiments', 'BIGINT'), required('last_id', 'BIGINT')],
  },
} as const satisfies Readonly<Record<CompanionTable, Omit<TableLayout, 'name' | 'kind'>>>;

/** What the history says of an attempt. */
export const attemptColumns: readonly Column[] = companions.attempts.columns.filter(({ name }) => name !== 'done_id');

/** The main table's own columns. */
export const fixedColumns: readonly string[] = mainColumns({
  keyfields: [],
  resultfields: [],
  resultTimestamps: false,
}).map(({ name }) => name);

/** A logtable's own columns. */
export const fixedLogColumns: readonly string[] = logColumns([]).map(({ name }) => name);

/** Every column of the main table, in its order. */
export const tableColumns = (study: StudyDefinition): readonly Column[] => [
  ...mainColumns(study),
  ...(study.undeclared ?? []),
];

/** The names of the main table's columns, in its order; what a filter may name. */
export const tableColumnNames = (study: StudyDefinition): readonly string[] =>
  tableColumns(study).map(({ name }) => name);

/** Every column of a logtable, in its order. */
export const logtableColumns = ({ columns }: Logtable): readonly Column[] => logColumns(columns);

/** The tables of ours beside the main one. */
export const companionTables = (study: Named): readonly TableLayout[] =>
  (Object.keys(companions) as CompanionTable[]).map((companion) => ({
    name: companionTableName(study, companion),
    kind: 'own',
    ...companions[companion],
  }));

const log = (name: string, columns: readonly TableColumn[]): TableLayout => ({
  name,
  kind: 'log',
  primaryKey: ['ID'],
  columns,
});

/** Every table of a study, those that others refer to first. */
export const studyTables = (study: StudyDefinition): readonly TableLayout[] => [
  { name: study.table, kind: 'main', primaryKey: ['ID'], columns: mainColumns(study) },
  ...study.logtables.map(({ name, columns }) => log(logtableName(study, name), logColumns(columns))),
  ...(study.emissions === true ? [log(emissionsTableName(study), emissionsTableColumns)] : []),
  ...companionTables(study),
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

/** The columns of a logtable with these names. Throws `FIELD_UNKNOWN`. */
export const requireLogColumns = (
  study: StudyDefinition,
  logtable: string,
  fields: readonly string[],
): readonly Column[] => {
  const columns = logtableColumns(logtableNamed(study, logtable));
  return fields.map((field) => {
    const found = columns.find(({ name }) => name === field);
    if (found) return found;
    const names = columns.map(({ name }) => name).join(', ');
    throw new ExperimenterError(
      'FIELD_UNKNOWN',
      `${field} is not a column of the logtable ${logtable}; there are: ${names}`,
    );
  });
};
