import type { Row } from '../../src/domain/values/column.ts';
import { defineStudy, type StudyInput } from '../../src/domain/study/define-study.ts';
import type { PlotReader } from '../../src/infrastructure/reporting/plots/plot-request.ts';

/** A study whose experiments are these rows, numbered from 1 and done, each with its rows of the logtable `epochs`. */
export const plotReader = (
  input: Partial<StudyInput>,
  rows: readonly (Row & { readonly epochs?: readonly Row[] })[],
): PlotReader => {
  const study = defineStudy({
    table: 'nets',
    keyfields: { learner: 'VARCHAR(30)', seed: 'INT' },
    resultfields: { accuracy: 'DOUBLE' },
    logtables: { epochs: { epoch: 'INT', loss: 'DOUBLE' } },
    ...input,
  });
  const all = rows.map((row, index): Row => ({ ID: index + 1, status: 'done', ...row }));
  return {
    study,
    values: async function* (fields) {
      yield all.map((row) => fields.map((field) => row[field] ?? null));
    },
    logValues: async function* (_, fields) {
      for (const [index, { epochs = [] }] of rows.entries())
        yield epochs.map((row) =>
          fields.map((field) => (field === 'experiment_id' ? index + 1 : (row[field] ?? null))),
        );
    },
  };
};

export const provenance = { date: new Date('2026-03-01T12:00:00Z'), commit: 'abc123' };
