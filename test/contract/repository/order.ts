import { expect, it } from 'vitest';
import type { Row } from '../../../src/domain/values/column.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import type { Selection } from '../../../src/domain/repository/selection.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { ended, type OpenRepository, Scene, studyOf } from './scene.ts';

export const orderContract = (open: OpenRepository): void => {
  const keyfields = { text: 'VARCHAR(20)', number: 'DOUBLE', big: 'BIGINT', flag: 'BOOLEAN', at: 'DATETIME' };
  const rows: readonly Row[] = [
    { text: 'b', number: 0.5, big: 9007199254740993n, flag: true, at: '2026-01-02 00:00:00' },
    { text: 'B', number: -1, big: 9007199254740992n, flag: false, at: '2026-01-01 00:00:00' },
    { text: null, number: null, big: null, flag: null, at: null },
    { text: 'é', number: 10, big: -5, flag: true, at: '2025-12-31 23:59:59' },
    { text: 'a', number: 9, big: 3, flag: false, at: '2026-01-03 00:00:00' },
  ];
  const listed = async (scene: Scene, column: string, descending: boolean, selection: Selection = {}) =>
    (await Array.fromAsync(scene.repository.list(selection, { column, descending }))).map(({ id }) => id);

  it('lists by any column, NULL first, text by its bytes, equal ones by their ids', async () => {
    const scene = await Scene.of(0, open, studyOf({ keyfields }));
    await scene.repository.fill(rows);
    expect(await listed(scene, 'text', false)).toEqual([3, 2, 5, 1, 4]);
    expect(await listed(scene, 'text', true)).toEqual([4, 1, 5, 2, 3]);
    expect(await listed(scene, 'number', false)).toEqual([3, 2, 1, 5, 4]);
    expect(await listed(scene, 'big', true)).toEqual([1, 2, 5, 4, 3]);
    expect(await listed(scene, 'flag', false)).toEqual([3, 2, 5, 1, 4]);
    expect(await listed(scene, 'flag', true)).toEqual([1, 4, 2, 5, 3]);
    expect(await listed(scene, 'at', false)).toEqual([3, 4, 2, 1, 5]);
    expect(await listed(scene, 'status', true)).toEqual([1, 2, 3, 4, 5]);
    expect(await listed(scene, 'ID', true)).toEqual([5, 4, 3, 2, 1]);
  });

  it('orders what is selected, and limits after that', async () => {
    const scene = await Scene.of(0, open, studyOf({ keyfields }));
    await scene.repository.fill(rows);
    const where = parseFilter('flag != null', tableColumnNames(scene.study));
    expect(await listed(scene, 'number', true, { where, limit: 3 })).toEqual([4, 5, 1]);
    expect(await listed(scene, 'number', true, { ids: [[2, 3]] })).toEqual([2, 3]);
    expect(await listed(scene, 'number', true, { limit: 0 })).toEqual([]);
    const [first] = await Array.fromAsync(scene.repository.list({ limit: 1 }, { column: 'big', descending: true }));
    expect(first?.keyfields).toEqual(rows[0]);
  });

  it('orders thousands in pages', async () => {
    const scene = await Scene.of(1_300, open);
    const ids = await listed(scene, 'seed', true);
    expect(ids).toEqual(Array.from({ length: 1_300 }, (_, index) => 1_300 - index));
  });

  it('has no order by what is no column, or JSON', async () => {
    const scene = await Scene.of(1, open);
    await expect(listed(scene, 'sed', false)).rejects.toMatchObject({ code: 'FIELD_UNKNOWN' });
    await expect(listed(scene, 'matrix', false)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('tells the history of all experiments, by experiment and number', async () => {
    const scene = await Scene.of(3, open);
    const runner = await scene.runner();
    expect(await Array.fromAsync(scene.repository.history())).toEqual([]);
    for (const outcome of ['error', 'done'] as const) {
      await scene.write(...(await scene.claim(runner, 2)).map((one) => ended(one, outcome)));
      if (outcome === 'error') await scene.repository.reset({ statuses: ['error'] });
    }
    const history = await Array.fromAsync(scene.repository.history());
    expect(history.map(({ experimentId, number, outcome }) => [experimentId, number, outcome])).toEqual([
      [1, 1, 'error'],
      [1, 2, 'done'],
      [2, 1, 'error'],
      [2, 2, 'done'],
    ]);
    expect(history.slice(0, 2)).toEqual(await scene.repository.attempts(1));
  });

  it('tells a history of thousands in pages', async () => {
    const scene = await Scene.of(1_100, open);
    const runner = await scene.runner();
    await scene.write(...(await scene.claim(runner, 1_100)).map((one) => ended(one, 'done')));
    const ids = (await Array.fromAsync(scene.repository.history())).map(({ experimentId }) => experimentId);
    expect(ids).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1));
  });
};
