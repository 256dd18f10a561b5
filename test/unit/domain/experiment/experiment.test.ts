import { expect, it } from 'vitest';
import { Experiment } from '../../../../src/domain/experiment/experiment.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { resultColumnNames, tableColumnNames } from '../../../../src/domain/study/table-layout.ts';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';

it('is a row with the columns of the table, in its order', () => {
  const declared = defineStudy({
    table: 'study',
    keyfields: { learner: 'TEXT', seed: 'INT' },
    resultfields: { accuracy: 'DOUBLE' },
    resultTimestamps: true,
  });
  const study = { ...declared, undeclared: [{ name: 'mark', type: parseColumnType('INT') }] };
  const experiment = new Experiment({
    id: 7,
    keyfields: { learner: 'svm', seed: 1 },
    results: Object.fromEntries(resultColumnNames(study).map((name) => [name, null])),
    undeclared: { mark: 3 },
  });
  expect(Object.keys(experiment.toRow())).toEqual(tableColumnNames(study));
  expect(experiment.toRow()).toMatchObject({ ID: 7, status: 'created', learner: 'svm', error: null, mark: 3 });
});
