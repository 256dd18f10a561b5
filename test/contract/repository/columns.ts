import { expect, it } from 'vitest';
import type { Attempt } from '../../../src/domain/experiment/attempt.ts';
import { attemptColumns, tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import type { RowOrder, Selection } from '../../../src/domain/repository/selection.ts';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { ended, type OpenRepository, Scene, studyOf } from './scene.ts';

export const columnsContract = (open: OpenRepository): void => {
  const filled = async (): Promise<Scene> => {
    const scene = await Scene.of(6, open);
    const claimed = await scene.claim(await scene.runner(), 4);
    const [one, two, three] = claimed;
    if (!one || !two || !three) return expect.unreachable('six are open');
    await scene.write(
      ended(one, 'done', { accuracy: 0.1, comment: 'ä', size: 9007199254740993n, matrix: '[1,{"a":null}]' }),
      ended(two, 'done', { accuracy: -0.5 }),
      ended(three, 'error'),
    );
    return scene;
  };
  const read = async (scene: Scene, fields: readonly string[], selection?: Selection, order?: RowOrder) =>
    (await Array.fromAsync(scene.repository.values(fields, selection, order))).flat();

  it('gives the columns that are asked for, in that order, with the values of list', async () => {
    const scene = await filled();
    expect(await read(scene, ['status', 'accuracy', 'ID'])).toEqual([
      ['done', 0.1, 1],
      ['done', -0.5, 2],
      ['error', null, 3],
      ['running', null, 4],
      ['created', null, 5],
      ['created', null, 6],
    ]);
    const names = tableColumnNames(scene.study);
    const listed = (await scene.list()).map((experiment) => Object.values(experiment.toRow()));
    expect(await read(scene, names)).toEqual(listed);
    expect(await read(scene, ['seed', 'seed'], { limit: 1 })).toEqual([[1, 1]]);
    expect(await read(scene, [])).toEqual([[], [], [], [], [], []]);
  });

  it('selects as list does', async () => {
    const scene = await filled();
    const where = parseFilter('accuracy < 0 or seed >= 5', tableColumnNames(scene.study));
    expect(await read(scene, ['ID'], { where })).toEqual([[2], [5], [6]]);
    expect(await read(scene, ['ID'], { where, limit: 2, statuses: ['created'], ids: [[1, 5]] })).toEqual([[5]]);
    expect(await read(scene, ['ID'], { statuses: [] })).toEqual([]);
  });

  it('orders as list does, with or without the id', async () => {
    const scene = await filled();
    const order = { column: 'accuracy', descending: true };
    expect(await read(scene, ['accuracy', 'ID'], { limit: 3 }, order)).toEqual([
      [0.1, 1],
      [-0.5, 2],
      [null, 3],
    ]);
    expect(await read(scene, ['accuracy'], { limit: 2 }, order)).toEqual([[0.1], [-0.5]]);
  });

  it('gives columns of the history, with the values of attempts, and of one experiment alone', async () => {
    const scene = await filled();
    const names = attemptColumns.map(({ name }) => name);
    const history = (await Array.fromAsync(scene.repository.historyValues(names))).flat();
    const attempts = await Array.fromAsync(scene.repository.history());
    expect(history).toEqual(attempts.map((attempt) => names.map((name) => attempt[camelCase(name)])));
    expect((await Array.fromAsync(scene.repository.historyValues(['outcome', 'number'], 3))).flat()).toEqual([
      ['error', 1],
    ]);
    expect((await Array.fromAsync(scene.repository.historyValues(['superseded', 'number']))).flat()).toEqual([
      [false, 1],
      [false, 1],
      [false, 1],
    ]);
  });

  it('gives columns of the log rows of one experiment alone', async () => {
    const scene = await filled();
    const [four] = await scene.repository.leases();
    if (!four) return expect.unreachable('one runs');
    const row = (text: string) => ({ logtable: 'notes', row: { text }, date: new Date() });
    const { experimentId, attemptId } = four;
    await scene.write({ experimentId, attemptId, logs: [row('one'), row('two')] });
    const rows = async (id: number) =>
      (await Array.fromAsync(scene.repository.logValues('notes', ['text', 'experiment_id'], id))).flat();
    expect([await rows(4), await rows(5)]).toEqual([
      [
        ['one', 4],
        ['two', 4],
      ],
      [],
    ]);
  });

  it('reads what spans many pages once each', async () => {
    const scene = await Scene.of(2_500, open);
    const ids = (await read(scene, ['ID'])).map(([id]) => id);
    expect(ids).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
  });

  it('refuses a column that the study does not have, whatever its name', async () => {
    const scene = await Scene.of(1, open, studyOf());
    for (const name of ['acuracy', 'ID, status', 'toString', '', 'id']) {
      await expect(read(scene, ['ID', name])).rejects.toMatchObject({ code: 'FIELD_UNKNOWN' });
    }
    await expect(read(scene, ['acuracy'])).rejects.toThrow('did you mean accuracy?');
  });
};

const camelCase = (name: string): keyof Attempt =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof Attempt;
