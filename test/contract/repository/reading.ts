import { expect, it } from 'vitest';
import { parseFilter } from '../../../src/domain/filter/parse-filter.ts';
import { matches } from '../../../src/domain/filter/matches.ts';
import { tableColumnNames } from '../../../src/domain/study/table-layout.ts';
import { ended, note, type OpenRepository, ref, Scene, seeds, studyOf } from './scene.ts';

/** Their meaning is the domain's `matches`, to the last NULL. */
const expressions = [
  ...[
    'kernel = rbf',
    'kernel != rbf',
    'kernel > poly',
    'kernel <= poly',
    'kernel = 10',
    'kernel = null',
    'kernel != null',
    'kernel in (rbf, null)',
  ],
  ...[
    'kernel ~ b',
    'kernel !~ B',
    "kernel ~ '%'",
    'kernel ~ _',
    `kernel ~ "o'"`,
    "kernel ~ ''",
    'not kernel = rbf',
    'kernel not in (rbf, poly)',
  ],
  ...[
    'seed = 3',
    "seed = '3.0'",
    'seed in (1, 2, 7)',
    'seed < 2.5',
    'seed = x',
    'not seed = x',
    'seed ~ 1',
    'seed != null',
    'seed > -8',
  ],
  ...['gamma >= 0.3', 'gamma = 0.3', 'gamma < 1e-3', 'flag = true', 'flag != 1', 'flag = false', 'not flag = true'],
  ...[
    'big = 9007199254740993',
    'big > 9007199254740992',
    'at < 2026-01-05',
    "at = '2026-01-03 00:00:00'",
    'at ~ 01-02',
  ],
  ...[
    'status = created and not (seed < 3 or gamma = null)',
    'ID >= 3 and ID < 5',
    'error = null',
    'creation_date > 2000-01-01',
    'accuracy = null',
  ],
];

export const readingContract = (open: OpenRepository): void => {
  it('selects by status, id, condition and limit, in the order of ids', async () => {
    const scene = await Scene.of(12, open);
    const runner = await scene.runner();
    const claimed = await scene.claim(runner, 6);
    await scene.write(...claimed.slice(0, 3).map((one) => ended(one, 'done', { accuracy: one.experimentId / 10 })));
    await scene.write(...claimed.slice(3, 5).map((one) => ended(one, 'error')));
    const found = async (...selection: Parameters<typeof scene.list>) =>
      (await scene.list(...selection)).map(({ id }) => id);
    expect(await found()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await found({ statuses: ['error', 'running'] })).toEqual([4, 5, 6]);
    expect(await found({ statuses: [] })).toEqual([]);
    expect(
      await found({
        ids: [
          [10, 99],
          [2, 3],
          [3, 4],
        ],
      }),
    ).toEqual([2, 3, 4, 10, 11, 12]);
    expect(await found({ ids: [] })).toEqual([]);
    expect(await found({ limit: 3 })).toEqual([1, 2, 3]);
    expect(await found({ limit: 0 })).toEqual([]);
    const where = parseFilter('accuracy >= 0.2 or seed > 10', tableColumnNames(scene.study));
    expect(await found({ where })).toEqual([2, 3, 11, 12]);
    expect(await found({ where, statuses: ['done', 'created'], ids: [[3, 12]], limit: 2 })).toEqual([3, 11]);
    expect(await found({ where, statuses: ['paused'] })).toEqual([]);
  });

  it('finds exactly what filters mean', async () => {
    const keyfields = {
      kernel: 'VARCHAR(20)',
      seed: 'INT',
      gamma: 'DOUBLE',
      flag: 'BOOLEAN',
      big: 'BIGINT',
      at: 'DATETIME',
    };
    const scene = await Scene.of(0, open, studyOf({ keyfields }));
    const kernels = ['rbf', 'RBF', 'rbf ', 'poly', '100%', "o'x", '10', null, '', 'a_b'];
    const rows = kernels.map((kernel, index) => ({
      kernel,
      seed: [null, 1, 2, 3, -7][index % 5] ?? null,
      gamma: [0.1, 0.3, 0.1 + 0.2, 5e-324, null][index % 5] ?? null,
      flag: [true, false, null][index % 3] ?? null,
      big: [9007199254740992n, 9007199254740993n, 3][index % 3] ?? null,
      at: `2026-01-0${(index % 9) + 1} 00:00:00`,
    }));
    await scene.repository.fill(rows);
    const all = await scene.list();
    for (const expression of expressions) {
      const where = parseFilter(expression, tableColumnNames(scene.study));
      const expected = all.filter((experiment) => matches(where, experiment.toRow())).map(({ id }) => id);
      expect({ expression, found: (await scene.list({ where })).map(({ id }) => id) }).toEqual({
        expression,
        found: expected,
      });
    }
  });

  it('lists thousands in pages, while others write, and lets go when nobody reads on', async () => {
    const scene = await Scene.of(2_500, open);
    const runner = await scene.runner();
    const ids: number[] = [];
    for await (const { id } of scene.repository.list()) {
      if (id % 500 === 0) await scene.write(ended(await scene.claimOnly(runner, id)));
      ids.push(id);
    }
    expect(ids).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    for await (const _ of scene.repository.list({ statuses: ['created'] })) break;
    await scene.repository.fill(seeds(2_501, 2_502));
    expect(await scene.repository.counts()).toEqual({ created: 2_497, running: 0, done: 5, error: 0, paused: 0 });
    expect((await scene.list({ ids: [[2_400, 9_999]], statuses: ['done'] })).map(({ id }) => id)).toEqual([2_500]);
  });

  it('shows what was there when it was read', async () => {
    const scene = await Scene.of(1, open);
    const before = await scene.row(1);
    const claimed = await scene.claimOne(await scene.runner());
    await scene.write(ended(claimed, 'done', { accuracy: 1 }));
    expect(before).toMatchObject({ status: 'created', results: { accuracy: null } });
    expect(await scene.repository.find(99)).toBeUndefined();
    expect(await scene.repository.attempts(99)).toEqual([]);
    expect(await scene.logs('notes', 99)).toEqual([]);
  });

  it('groups errors by their first line, most frequent first', async () => {
    const scene = await Scene.of(7, open);
    const texts = ['a\nat 1', 'b\nat 2', '\n\na\nat 3', 'A', 'a', 'b'];
    const claimed = await scene.claim(await scene.runner(), 7);
    await scene.write(
      ...texts.flatMap((text, index) => (claimed[index] ? [ended(claimed[index], 'error', {}, text)] : [])),
    );
    await scene.write(...claimed.slice(6).map((one) => ended(one)));
    const errors = await scene.repository.errors(10);
    expect(errors.map(({ message, count }) => ({ message, count }))).toEqual([
      { message: 'a', count: 3 },
      { message: 'b', count: 2 },
      { message: 'A', count: 1 },
    ]);
    expect([[1, 3, 5], [2, 6], [4]].map((ids, index) => ids.includes(errors[index]?.exampleId ?? 0))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await scene.repository.errors(1)).toHaveLength(1);
    await scene.repository.reset({ where: { kind: 'compare', field: 'error', comparison: '~', value: 'at' } });
    expect((await scene.repository.errors(10)).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  it('resets: results, error and dates are gone, history and logs stay', async () => {
    const scene = await Scene.of(1, open);
    const { repository } = scene;
    const first = await scene.claimOne(await scene.runner());
    const logs = [note('kept')];
    await scene.write({
      ...ended(first, 'done', scene.results({ accuracy: 1, comment: 'x', size: 3, matrix: [] })),
      logs,
    });
    const before = await scene.row(1);
    expect(await repository.reset({})).toEqual({ reset: 1, leased: 0 });
    const after = await scene.row(1);
    expect(after.toRow()).toEqual({
      ...before.toRow(),
      ...{ status: 'created', start_date: null, name: null, machine: null, end_date: null, error: null },
      ...{ accuracy: null, comment: null, size: null, matrix: null },
    });
    expect(await repository.attempts(1)).toMatchObject([{ ...ref(first), outcome: 'done', superseded: true }]);
    expect(await scene.logs('notes')).toMatchObject([{ experiment_id: 1, text: 'kept' }]);
    const second = await scene.claimOne(await scene.runner());
    expect(second.number).toBe(2);
    await scene.write(ended(second, 'done', { accuracy: 2 }));
    expect(await scene.row(1)).toMatchObject({ status: 'done', results: { accuracy: 2, comment: null } });
    expect(
      (await repository.attempts(1)).map(({ number, outcome, superseded }) => [number, outcome, superseded]),
    ).toEqual([
      [1, 'done', true],
      [2, 'done', false],
    ]);
  });

  it('resets what is selected, and leaves alone what is under a lease', async () => {
    const scene = await Scene.of(8, open);
    const { repository } = scene;
    const runner = await scene.runner();
    const claimed = await scene.claim(runner, 6);
    await scene.write(
      ...claimed.slice(0, 2).map((one) => ended(one)),
      ...claimed.slice(2, 4).map((one) => ended(one, 'error')),
    );
    const statuses = async () => (await scene.list()).map(({ status }) => status[0]).join('');
    expect(await statuses()).toBe('ddeerrcc');
    const none = { created: 0, running: 0, done: 0, error: 0, paused: 0 };
    expect(await repository.counts()).toEqual({ created: 2, running: 2, done: 2, error: 2, paused: 0 });
    expect(await repository.counts({ ids: [[2, 5]] })).toEqual({ ...none, done: 1, error: 2, running: 1 });
    expect(await repository.counts({ ids: [[2, 8]], limit: 2 })).toEqual({ ...none, done: 1, error: 1 });
    expect(await repository.counts({ limit: 3 })).toEqual({ ...none, done: 2, error: 1 });
    expect(await repository.counts({ statuses: ['paused'] })).toEqual(none);
    expect((await repository.leases(undefined, 1)).map(({ experimentId }) => experimentId)).toEqual([5]);
    expect(await repository.lease(6)).toMatchObject({ experimentId: 6, runnerId: runner });
    expect(await repository.lease(7)).toBeUndefined();
    expect(await repository.reset({ statuses: ['paused'] })).toEqual({ reset: 0, leased: 0 });
    expect(await repository.reset({ statuses: ['error'], limit: 1 })).toEqual({ reset: 1, leased: 0 });
    expect(await statuses()).toBe('ddcerrcc');
    const where = parseFilter('seed = 2', tableColumnNames(scene.study));
    expect(await repository.reset({ where })).toEqual({ reset: 1, leased: 0 });
    expect(await repository.reset({ ids: [[4, 5]] })).toEqual({ reset: 1, leased: 1 });
    expect(await statuses()).toBe('dcccrrcc');
    const leases = await repository.leases();
    expect(await repository.reset({ statuses: ['running', 'done'] })).toEqual({ reset: 1, leased: 2 });
    expect(await repository.leases()).toEqual(leases);
    await scene.write(...claimed.slice(4).map((one) => ended(one)));
    expect(await statuses()).toBe('ccccddcc');
    expect(await repository.reset({ limit: 6 })).toEqual({ reset: 6, leased: 0 });
    expect(await repository.counts()).toEqual({ created: 8, running: 0, done: 0, error: 0, paused: 0 });
  });
};
