import { expect, it } from 'vitest';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import {
  attemptColumns,
  fixedColumns,
  fixedLogColumns,
  studyTables,
} from '../../../../src/domain/study/table-layout.ts';

const study = defineStudy({
  table: 'study',
  keyfields: { seed: 'INT' },
  resultfields: { accuracy: 'DOUBLE' },
  logtables: { folds: { fold: 'INT' } },
  emissions: true,
});
const tables = new Map(studyTables(study).map((table) => [table.name, table]));
const namesOf = (table: string): readonly string[] => tables.get(table)?.columns.map(({ name }) => name) ?? [];

it('has the main table first, then those that refer to it, then our own', () => {
  expect([...tables.values()].map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    'main study',
    'log study__folds',
    'log study_codecarbon',
    ...['runners', 'leases', 'attempts', 'fills', 'grids'].map((name) => `own study_${name}`),
  ]);
});

it("has PyExperimenter's columns in its order", () => {
  expect(fixedColumns).toEqual([
    ...['ID', 'creation_date', 'status', 'start_date', 'name', 'machine', 'end_date', 'error'],
  ]);
  expect(namesOf('study')).toEqual([
    ...['ID', 'seed', 'creation_date', 'status', 'start_date', 'name', 'machine', 'accuracy', 'end_date', 'error'],
  ]);
  expect(fixedLogColumns).toEqual(['ID', 'experiment_id', 'timestamp']);
  expect(namesOf('study__folds')).toEqual([...fixedLogColumns, 'fold']);
  expect(namesOf('study_codecarbon')).toHaveLength(34);
});

it('tells declared columns, which are added where they are missing', () => {
  const added = [...tables.values()].flatMap(({ name, kind, columns }) =>
    columns
      .filter(({ addable }) => addable && (kind === 'main' || name === 'study__folds'))
      .map((column) => column.name),
  );
  expect(added).toEqual(['seed', 'accuracy', 'fold']);
});

it('shows all of an attempt but the id that only guards it', () => {
  expect(attemptColumns.map(({ name }) => name)).toEqual(
    namesOf('study_attempts').filter((name) => name !== 'done_id'),
  );
});
