import { expect, it, vi } from 'vitest';
import { Fill } from '../../../../src/application/study/fill.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryRepository } from '../../../support/memory-repository.ts';

it('prepares the tables once, until they are dropped or altered', async () => {
  const study = defineStudy({ table: 'study', keyfields: { n: 'INT' } });
  const repository = new MemoryRepository(study, new ManualClock());
  const prepare = vi.spyOn(repository, 'prepare');
  const grid = defineGrid(study, { keyfields: { n: { values: [1, 2] } } });
  const fill = new Fill({ study, grid, repository, configuration: { sha256: '', text: '{}' } });
  await fill.fromRows([{ n: 7 }]);
  await fill.fromGrid();
  await fill.ensureGrid();
  await fill.prepareOnce();
  expect(prepare).toHaveBeenCalledTimes(1);
  fill.forgetPrepared();
  await fill.ensureGrid();
  expect(prepare).toHaveBeenCalledTimes(2);
});
