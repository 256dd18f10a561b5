import { exportedRows, exportFormats } from '../arguments/choices.ts';
import { extname } from 'node:path';
import type { Column } from '../../../domain/values/column.ts';
import type { Logtable, StudyDefinition } from '../../../domain/study/study-definition.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { RowOrder } from '../../../domain/repository/selection.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { tableColumns } from '../../../domain/study/table-layout.ts';
import { quoted } from '../../text/safe-text.ts';
import {
  attemptSource,
  emissionsSource,
  experimentSource,
  logtableSource,
  type RowSource,
} from '../../export/row-source.ts';
import type { Flags } from '../arguments/flags.ts';
import { oneOf, usage } from '../arguments/flag-values.ts';

export type ExportFormat = (typeof exportFormats)[number];

const endings: ReadonlyMap<string, ExportFormat> = new Map([
  ['.csv', 'csv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.parquet', 'parquet'],
  ['.sqlite', 'sqlite'],
  ['.sqlite3', 'sqlite'],
  ['.db', 'sqlite'],
]);

/**
 * What `--format`, `--json` or the end of the file's name says. Throws `USAGE` for a format that needs a file and has
 * none.
 */
export const exportFormatOf = ({ format, json, output }: Flags): ExportFormat => {
  const ending = output === undefined ? undefined : endings.get(extname(output).toLowerCase());
  const found = oneOf('--format', format ?? (json === true ? 'jsonl' : (ending ?? 'csv')), exportFormats);
  if (output === undefined && (found === 'sqlite' || (found === 'parquet' && process.stdout.isTTY))) {
    throw usage(`--format ${found} is no text: name a file with --output FILE`);
  }
  return found;
};

/** The rows that `--what`, `--logtable` and `--order-by` name. Throws `USAGE` and `FIELD_UNKNOWN`. */
export const rowSourceOf = ({ what, logtable, orderBy }: Flags, study: StudyDefinition): RowSource => {
  const isLogtable = study.logtables.some(({ name }) => name === what);
  const kind = oneOf(
    '--what',
    what ?? 'experiments',
    exportedRows,
    isLogtable ? `; a logtable: --logtable ${what}` : '',
  );
  if (what !== undefined && logtable !== undefined) {
    throw usage('--what and --logtable name different rows; give one of them');
  }
  if (logtable === undefined && kind === 'experiments')
    return experimentSource(study, orderBy === undefined ? undefined : orderOf(orderBy, study));
  if (orderBy !== undefined) {
    throw usage('--order-by orders experiments; rows of other tables come in the order of ids');
  }
  if (logtable !== undefined) return logtableSource(study, logtableOf(logtable, study));
  return kind === 'attempts' ? attemptSource(study) : emissionsSource(study);
};

/** The columns that `--columns` names, in its order. Throws `USAGE` and `FIELD_UNKNOWN`. */
export const columnsOf = ({ columns: wanted }: Flags, { columns }: RowSource): readonly Column[] => {
  if (wanted === undefined) return columns;
  const names = wanted.split(',').map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw usage(`--columns: found ${quoted(twice)} twice`);
  return names.map((name) => found('--columns', name, columns));
};

const orderOf = (text: string, study: StudyDefinition): RowOrder | undefined => {
  const [, name = '', direction] = /^(.*?)(?::(asc|desc))?$/is.exec(text) ?? [];
  const { name: column, type } = found('--order-by', name.trim(), tableColumns(study));
  if (type.kind === 'json') throw usage(`--order-by: ${column} holds JSON, which has no order`);
  const descending = direction?.toLowerCase() === 'desc';
  return column === 'ID' && !descending ? undefined : { column, descending };
};

const logtableOf = (wanted: string, { logtables }: StudyDefinition): Logtable => {
  const logtable = logtables.find(({ name }) => name === wanted);
  if (logtable) return logtable;
  const names = logtables.map(({ name }) => name);
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `--logtable: found ${quoted(wanted)}${didYouMean(wanted, names)}; the study has ${names.join(', ') || 'no logtables'}`,
  );
};

const found = (flag: string, wanted: string, columns: readonly Column[]): Column => {
  const column = columns.find(({ name }) => name === wanted);
  if (column) return column;
  const names = columns.map(({ name }) => name);
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `${flag}: found ${quoted(wanted)}${didYouMean(wanted, names)}; there are ${names.join(', ')}`,
  );
};
