import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { Row, Value } from '../../../src/domain/values/column.ts';
import { DATE, ended, type OpenRepository, Scene, seeds, studyOf } from './scene.ts';

const columns = {
  n: 'INT',
  big: 'BIGINT',
  real: 'DOUBLE',
  flag: 'BOOLEAN',
  text: 'VARCHAR(50)',
  long: 'LONGTEXT',
  at: 'DATETIME',
  tree: 'JSON',
};
const none: Row = Object.fromEntries(Object.keys(columns).map((name) => [name, null]));

export const fillContract = (open: OpenRepository): void => {
  it('adds what is not there, created, in the order given', async () => {
    const scene = await Scene.of(0, open);
    expect(await scene.repository.fill([])).toEqual({ added: 0, existing: 0 });
    expect(await scene.repository.fill([{ seed: 7 }, { seed: 3 }, { seed: 5 }])).toEqual({ added: 3, existing: 0 });
    expect(await scene.repository.fill([{ seed: 5 }, { seed: 1 }])).toEqual({ added: 1, existing: 1 });
    const rows = await scene.list();
    expect(rows.map(({ keyfields }) => keyfields)).toEqual([{ seed: 7 }, { seed: 3 }, { seed: 5 }, { seed: 1 }]);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).sort((one, other) => one - other));
    for (const { toRow: _, keyfields: __, id: ___, ...rest } of rows) {
      expect(rest).toEqual({
        creationDate: expect.stringMatching(DATE),
        status: 'created',
        startDate: null,
        name: null,
        machine: null,
        results: { accuracy: null, comment: null, size: null, matrix: null },
        endDate: null,
        error: null,
      });
    }
  });

  it('counts a combination that comes twice in one fill as existing', async () => {
    const scene = await Scene.of(0, open);
    expect(await scene.repository.fill([{ seed: 1 }, { seed: 2 }, { seed: 1 }, { seed: 1 }])).toEqual({
      added: 2,
      existing: 2,
    });
  });

  it('leaves alone what exists, in whatever status', async () => {
    const scene = await Scene.of(3, open);
    const runner = await scene.runner();
    const [one] = await scene.claim(runner, 2);
    if (one) await scene.write(ended(one, 'done', { accuracy: 1 }));
    const before = await scene.list();
    expect(await scene.repository.fill(seeds(1, 3))).toEqual({ added: 0, existing: 3 });
    expect(await scene.list()).toEqual(before);
  });

  const same: Record<string, Value[]> = {
    n: [1, '1', '1.0', 1n],
    big: [9007199254740993n, '9007199254740993'],
    real: [1, 1.0, '1', '1.0', '1e0'],
    flag: [true, 1, 'true'],
    text: ['7', 7],
    at: ['2026-01-02 03:04:05', '2026-01-02T03:04:05Z', '2026-01-02T04:04:05+01:00'],
    tree: [{ a: [1, null] }, { a: [1.0, null] }],
  };
  const different: Record<string, Value[]> = {
    n: [0, 1, -1],
    big: [9007199254740992n, 9007199254740993n, 9007199254740994n],
    real: [0.3, 0.1 + 0.2, 0, 5e-324],
    flag: [true, false],
    text: ['a', 'A', 'a ', ' a', '', ' ', 'ä', 'a\u0308', 'ß', 'ss', '1', '1.0', 'null', '\u{1f600}', '\u{1f601}'],
    long: ['a', 'A', 'a ', '', `${'x'.repeat(5_000)}y`, `${'x'.repeat(5_000)}z`, `${'x'.repeat(5_000)}Z`],
    at: ['2026-01-02 03:04:05', '2026-01-02 03:04:06'],
    tree: [{ a: 1 }, { A: 1 }, [], {}, '1', 1, 'a', 'A'],
  };
  const study = () => studyOf({ keyfields: columns });
  const rowsOf = (values: Record<string, Value[]>) =>
    Object.entries(values).flatMap(([name, list]) => list.map((value) => ({ ...none, [name]: value })));

  it('knows a combination again however it is written, in one fill and in the next', async () => {
    const scene = await Scene.of(0, open, study());
    const rows = rowsOf(same);
    const distinct = Object.keys(same).length;
    expect(await scene.repository.fill([none, ...rows, none])).toEqual({
      added: distinct + 1,
      existing: rows.length - distinct + 1,
    });
    for (const row of [none, ...rows])
      expect({ row, ...(await scene.repository.fill([row])) }).toEqual({ row, added: 0, existing: 1 });
  });

  it('tells apart whatever its columns tell apart', async () => {
    const scene = await Scene.of(0, open, study());
    const rows = [none, ...rowsOf(different)];
    expect(await scene.repository.fill(rows)).toEqual({ added: rows.length, existing: 0 });
    expect(await scene.repository.fill(rows)).toEqual({ added: 0, existing: rows.length });
    // by their places: some are too long to be shown
    const places = (await scene.list()).map(({ keyfields }) =>
      rows.findIndex((row) => isDeepStrictEqual(row, keyfields)),
    );
    expect(places).toEqual(rows.map((_, index) => index));
  });

  it('knows that a grid is filled until an experiment comes or goes', async () => {
    const scene = await Scene.of(0, open);
    const { repository } = scene;
    const another = await scene.opened.another();
    const known = async () => [await repository.isFilled('grid'), await another.isFilled('grid')];
    expect(await known()).toEqual([false, false]);
    await repository.fill(seeds(1, 5));
    expect(await known()).toEqual([false, false]);
    await repository.fill(seeds(1, 5), undefined, 'grid');
    expect(await known()).toEqual([true, true]);
    expect(await repository.isFilled('another')).toBe(false);
    const runner = await scene.runner();
    const [one, two] = await scene.claim(runner, 2);
    if (one) await scene.write(ended(one, 'done', { accuracy: 1 }));
    if (two) await scene.write(ended(two, 'error'));
    await repository.reset({ statuses: ['error'] });
    expect(await known()).toEqual([true, true]);

    await repository.deleteExperiments({ ids: [[1, 1]] });
    expect(await known()).toEqual([false, false]);
    // as many as before, and not the same
    await repository.fill([{ seed: 9 }]);
    expect(await known()).toEqual([false, false]);
    expect(await repository.fill(seeds(1, 5), undefined, 'grid')).toEqual({ added: 1, existing: 4 });
    expect(await known()).toEqual([true, true]);
    await repository.fill([], undefined, 'another');
    await repository.fill([], undefined, 'another');
    expect([...(await known()), await repository.isFilled('another')]).toEqual([true, true, true]);
    await repository.addAndClaim(runner, { seed: 77 });
    expect([...(await known()), await repository.isFilled('another')]).toEqual([false, false, false]);
    await repository.drop();
    await repository.prepare();
    expect(await known()).toEqual([false, false]);
  });

  it('takes no grid for filled that lost or never got an experiment while it was filled', async () => {
    const scene = await Scene.of(0, open);
    const others = await Promise.all([scene.opened.another(), scene.opened.another()]);
    for (let round = 0; round < 20; round += 1) {
      const rows = await scene.list();
      const id = rows[(round * 7) % Math.max(1, rows.length)]?.id ?? 1;
      await Promise.all([
        scene.repository.fill(seeds(1, 30), undefined, 'grid'),
        others[0]?.deleteExperiments({ ids: [[id, id + 2]] }),
        others[1]?.fill(seeds(20, 22 + round)),
      ]);
      const there = new Set((await scene.list()).map(({ keyfields }) => keyfields['seed']));
      const missing = [...seeds(1, 30)].filter(({ seed }) => !there.has(seed ?? null));
      if (await scene.repository.isFilled('grid')) expect(missing).toEqual([]);
    }
  });

  it('adds each combination once when many fill at once', async () => {
    const scene = await Scene.of(0, open);
    const others = await Promise.all([scene.opened.another(), scene.opened.another(), scene.opened.another()]);
    const grids = [seeds(1, 300), seeds(101, 400), seeds(1, 300), seeds(201, 500)];
    const fills = await Promise.all(
      [scene.repository, ...others].map((repository, index) => repository.fill(grids[index] ?? [])),
    );
    expect(fills.reduce((sum, { added }) => sum + added, 0)).toBe(500);
    expect(fills.map(({ added, existing }) => added + existing)).toEqual([300, 300, 300, 300]);
    const all = (await scene.list())
      .map(({ keyfields }) => Number(keyfields['seed']))
      .sort((one, other) => one - other);
    expect(all).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  });
};
