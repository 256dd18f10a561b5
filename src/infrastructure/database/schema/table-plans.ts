import { emissionsColumns } from '../../../domain/experiment/emissions.ts';
import {
  type Column,
  companionTableName,
  emissionsTableName,
  logtableName,
  resultColumns,
  type StudyDefinition,
} from '../../../domain/study/define-study.ts';

/** One column as it is created. */
export interface ColumnPlan {
  readonly name: string;
  /** The type's text, of the allow-list or ours. */
  readonly type: string;
  readonly nullable: boolean;
  /** A user's column: added when it is missing. */
  readonly field?: Column;
}

/** One table as it is created. */
export interface TablePlan {
  readonly name: string;
  readonly kind: 'main' | 'log' | 'own';
  readonly columns: readonly ColumnPlan[];
  readonly primaryKey: readonly string[];
  /** Names of columns that are unique by themselves. */
  readonly unique?: readonly string[];
}

const plain = (name: string, type: string): ColumnPlan => ({ name, type, nullable: true });
const needed = (name: string, type: string): ColumnPlan => ({ name, type, nullable: false });
const fields = (columns: readonly Column[]): ColumnPlan[] =>
  columns.map((field) => ({ name: field.name, type: field.type.sql, nullable: true, field }));

/** The main table: exactly PyExperimenter's columns in its order. */
const mainTable = (study: StudyDefinition): TablePlan => ({
  name: study.table,
  kind: 'main',
  primaryKey: ['ID'],
  columns: [
    needed('ID', 'INTEGER'),
    ...fields(study.keyfields),
    plain('creation_date', 'DATETIME'),
    plain('status', 'VARCHAR(255)'),
    plain('start_date', 'DATETIME'),
    plain('name', 'LONGTEXT'),
    plain('machine', 'VARCHAR(255)'),
    ...fields(resultColumns(study)),
    plain('end_date', 'DATETIME'),
    plain('error', 'LONGTEXT'),
  ],
});

const logTable = (study: StudyDefinition, name: string, columns: readonly Column[]): TablePlan => ({
  name: logtableName(study, name),
  kind: 'log',
  primaryKey: ['ID'],
  columns: [
    needed('ID', 'INTEGER'),
    plain('experiment_id', 'INTEGER'),
    plain('timestamp', 'DATETIME'),
    ...fields(columns),
  ],
});

/** PyExperimenter's table of energy and carbon: like a logtable, it refers to the main table, whose rows take theirs along. */
export const emissionsTable = (study: StudyDefinition): TablePlan => ({
  name: emissionsTableName(study),
  kind: 'log',
  primaryKey: ['ID'],
  columns: [needed('ID', 'INTEGER'), plain('experiment_id', 'INTEGER'), ...fields(emissionsColumns)],
});

/** Ids are compared by their bytes on the server, and never converted. */
const uuid = (dialect: 'sqlite' | 'mysql'): string =>
  dialect === 'mysql' ? 'CHAR(36) CHARACTER SET ascii COLLATE ascii_bin' : 'CHAR(36)';

export const ownTables = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): TablePlan[] => {
  const id = uuid(dialect);
  const instant = 'DATETIME(3)';
  return [
    {
      // No secondary index, on purpose: rows locked through one deadlock with heartbeats, which come by primary key.
      name: companionTableName(study, 'runners'),
      kind: 'own',
      primaryKey: ['id'],
      columns: [
        needed('id', id),
        needed('name', 'LONGTEXT'),
        needed('host', 'VARCHAR(255)'),
        needed('pid', 'BIGINT'),
        needed('workers', 'INTEGER'),
        needed('version', 'VARCHAR(255)'),
        needed('started_at', instant),
        needed('heartbeat_at', instant),
        needed('expires_at', instant),
        needed('heartbeats', 'BIGINT'),
        needed('state', 'VARCHAR(16)'),
        plain('facts', 'LONGTEXT'),
      ],
    },
    {
      // What runs now; the primary key allows one lease an experiment. No foreign key: PyExperimenter drops its table.
      name: companionTableName(study, 'leases'),
      kind: 'own',
      primaryKey: ['experiment_id'],
      columns: [
        needed('experiment_id', 'BIGINT'),
        needed('attempt_id', id),
        needed('number', 'INTEGER'),
        needed('runner_id', id),
        needed('claimed_at', instant),
        plain('progress', 'LONGTEXT'),
        needed('resumed', 'BOOLEAN'),
        plain('last_log', id),
        plain('resumed_from', 'LONGTEXT'),
      ],
    },
    {
      // History. done_id is the experiment while one of its attempts stands as done: the database's own veto on a second.
      name: companionTableName(study, 'attempts'),
      kind: 'own',
      primaryKey: ['experiment_id', 'number'],
      unique: ['done_id'],
      columns: [
        needed('experiment_id', 'BIGINT'),
        needed('number', 'INTEGER'),
        needed('attempt_id', id),
        needed('runner_id', id),
        plain('host', 'VARCHAR(255)'),
        needed('started_at', instant),
        needed('ended_at', instant),
        needed('outcome', 'VARCHAR(16)'),
        plain('detail', 'LONGTEXT'),
        needed('superseded', 'BOOLEAN'),
        plain('done_id', 'BIGINT'),
      ],
    },
    {
      // Which configuration the experiments of these ids were filled from: a row for each uninterrupted fill. The text
      // stands in the first of those that share it.
      name: companionTableName(study, 'fills'),
      kind: 'own',
      primaryKey: ['first_id'],
      columns: [
        needed('first_id', 'BIGINT'),
        needed('last_id', 'BIGINT'),
        needed('filled_at', instant),
        needed('sha256', 'CHAR(64)'),
        plain('configuration', 'LONGTEXT'),
      ],
    },
    {
      // Grids of which every combination was there when the table had so many experiments, the last of this id.
      name: companionTableName(study, 'grids'),
      kind: 'own',
      primaryKey: ['sha256'],
      columns: [needed('sha256', 'CHAR(64)'), needed('experiments', 'BIGINT'), needed('last_id', 'BIGINT')],
    },
  ];
};

/** Every table of a study, those that others refer to first. */
export const tablePlans = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): readonly TablePlan[] => [
  mainTable(study),
  ...study.logtables.map(({ name, columns }) => logTable(study, name, columns)),
  ...(study.emissions === true ? [emissionsTable(study)] : []),
  ...ownTables(study, dialect),
];
