import { describe, expect, it } from 'vitest';
import { ExperimenterError } from '../../../../../src/domain/errors.ts';
import { defineStudy } from '../../../../../src/domain/study/define-study.ts';
import { selectionOf } from '../../../../../src/infrastructure/cli/arguments/selection.ts';

const study = defineStudy({
  table: 'svm',
  keyfields: { kernel: 'VARCHAR(255)' },
  resultfields: { accuracy: 'DOUBLE' },
});

describe('selection flags', () => {
  it('are read together', () => {
    expect(selectionOf({}, study)).toEqual({});
    expect(
      selectionOf({ status: 'done, error', id: '1-10,17, 3 - 3', limit: '5', where: 'kernel = rbf' }, study),
    ).toEqual({
      statuses: ['done', 'error'],
      ids: [
        [1, 10],
        [17, 17],
        [3, 3],
      ],
      limit: 5,
      where: { kind: 'compare', field: 'kernel', comparison: '=', value: 'rbf' },
    });
  });

  it.each([
    [{ status: 'fail' }, /--status: found "fail"; allowed created, running, done, error, paused/],
    [{ status: 'eror' }, /did you mean error/],
    [{ status: '' }, /--status: found ""/],
    [{ id: '' }, /--id: found ""/],
    [{ id: '5-1' }, /--id: found "5-1"/],
    [{ id: '1,,2' }, /--id: found ""/],
    [{ id: '-3' }, /--id: found "-3"/],
    [{ id: '99999999999999999999' }, /--id/],
    [{ limit: '0' }, /--limit: found "0"; allowed a whole number from 1/],
    [{ limit: '1e3' }, /--limit: found "1e3"/],
    [{ where: 'kernl = rbf' }, /kernl/],
    [{ where: '' }, /./],
  ])('%j is refused', (flags, says) => {
    const select = () => selectionOf(flags, study);
    expect(select).toThrow(says);
    expect(select).toThrow(ExperimenterError);
  });
});
