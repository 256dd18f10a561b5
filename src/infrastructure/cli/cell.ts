import type { Value } from '../../domain/column-type.ts';
import { type StudyDefinition, resultColumns } from '../../domain/study.ts';
import type { CsvColumn } from './csv.ts';
import { jsonText } from './json.ts';

/** A value as people read it: NULL is nothing, text is itself, everything else as in JSON. */
export const cellText = (value: Value | undefined): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : jsonText(value);
};

const numericKinds: ReadonlySet<string> = new Set(['integer', 'real', 'decimal']);

const csvColumn = ({ name, type: { kind } }: StudyDefinition['keyfields'][number]): CsvColumn => ({
  name,
  numeric: numericKinds.has(kind),
  ...(kind === 'json' && { json: true }),
});

const fixed = (name: string, numeric = false): CsvColumn => ({ name, numeric });

/** Every column of the main table, in its order. */
export const tableColumns = (study: StudyDefinition): readonly CsvColumn[] => [
  fixed('ID', true),
  ...study.keyfields.map(csvColumn),
  ...['creation_date', 'status', 'start_date', 'name', 'machine'].map((name) => fixed(name)),
  ...resultColumns(study).map(csvColumn),
  ...['end_date', 'error'].map((name) => fixed(name)),
];

/** Every column of a logtable, in its order. */
export const logtableColumns = ({ columns }: StudyDefinition['logtables'][number]): readonly CsvColumn[] => [
  fixed('ID', true),
  fixed('experiment_id', true),
  fixed('timestamp'),
  ...columns.map(csvColumn),
];
