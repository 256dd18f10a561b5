import { type Column, parseColumnType } from '../values/column-type.ts';
import { emissionsColumns } from '../experiment/emissions.ts';
import { ExperimenterError } from '../errors.ts';
import { type Logtable, resultColumns, type StudyDefinition } from './study-shape.ts';

const column = (name: string, type: string): Column => ({ name, type: parseColumnType(type) });

/** Every column of the main table with its type, in the table's order. */
export const tableColumns = (study: StudyDefinition): readonly Column[] => [
  column('ID', 'INTEGER'),
  ...study.keyfields,
  column('creation_date', 'DATETIME'),
  column('status', 'VARCHAR(255)'),
  column('start_date', 'DATETIME'),
  column('name', 'LONGTEXT'),
  column('machine', 'VARCHAR(255)'),
  ...resultColumns(study),
  column('end_date', 'DATETIME'),
  column('error', 'LONGTEXT'),
  ...(study.undeclared ?? []),
];

/** Every column of a logtable with its type, in the table's order. */
export const logtableColumns = ({ columns }: Logtable): readonly Column[] => [
  column('ID', 'INTEGER'),
  column('experiment_id', 'INTEGER'),
  column('timestamp', 'DATETIME'),
  ...columns,
];

/** Throws `FIELD_UNKNOWN`. */
export const logtableNamed = ({ logtables }: StudyDefinition, name: string): Logtable => {
  const logtable = logtables.find((candidate) => candidate.name === name);
  if (logtable) return logtable;
  const names = logtables.map((candidate) => candidate.name).join(', ') || 'none';
  throw new ExperimenterError('FIELD_UNKNOWN', `${name} is not a logtable of the study; there are: ${names}`);
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

/** Every column of the table of energy and carbon, in PyExperimenter's order. */
export const emissionsTableColumns: readonly Column[] = [
  column('ID', 'INTEGER'),
  column('experiment_id', 'INTEGER'),
  ...emissionsColumns,
];

/** What the history says of an attempt. */
export const attemptColumns: readonly Column[] = [
  column('experiment_id', 'BIGINT'),
  column('number', 'INTEGER'),
  column('attempt_id', 'CHAR(36)'),
  column('runner_id', 'CHAR(36)'),
  column('host', 'VARCHAR(255)'),
  column('started_at', 'DATETIME(3)'),
  column('ended_at', 'DATETIME(3)'),
  column('outcome', 'VARCHAR(16)'),
  column('detail', 'LONGTEXT'),
  column('superseded', 'BOOLEAN'),
];
