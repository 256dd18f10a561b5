import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { ENDED, ended, endOf, note, type OpenRepository, ref, Scene, STARTED } from './scene.ts';

export const recordContract = (open: OpenRepository): void => {
  it('writes results while it runs and at the end, the last of each field', async () => {
    const scene = await Scene.of(1, open);
    const runner = await scene.runner({ host: 'node-7' });
    const claimed = await scene.claimOne(runner);
    await scene.write({ ...ref(claimed), results: { accuracy: 0.1, comment: 'first' } });
    expect(await scene.row(1)).toMatchObject({
      status: 'running',
      endDate: null,
      results: { accuracy: 0.1, comment: 'first', size: null },
    });
    await scene.write({ ...ref(claimed), results: { accuracy: 0.2 } });
    await scene.write(ended(claimed, 'done', scene.results({ size: 2n ** 60n, matrix: [[1, 2]] })));
    expect(await scene.row(1)).toMatchObject({
      status: 'done',
      endDate: ENDED.slice(0, 19),
      error: null,
      results: { accuracy: 0.2, comment: 'first', size: 2n ** 60n, matrix: [[1, 2]] },
    });
    expect(await scene.repository.leases()).toEqual([]);
    expect(await scene.repository.attempts(1)).toEqual([
      {
        ...ref(claimed),
        number: 1,
        runnerId: runner,
        host: 'node-7',
        startedAt: STARTED,
        endedAt: ENDED,
        outcome: 'done',
        detail: null,
        superseded: false,
      },
    ]);
  });

  it('ends as done, error, timeout or paused', async () => {
    const ends = [
      ['done', 'done', null],
      ['error', 'error', 'Error: no\n    at line 1'],
      ['timeout', 'error', 'longer than 5 s'],
      ['paused', 'paused', null],
    ] as const;
    const scene = await Scene.of(ends.length, open);
    const runner = await scene.runner();
    for (const [outcome, status, error] of ends) {
      const claimed = await scene.claimOne(runner);
      await scene.write({ ...ref(claimed), results: { accuracy: 0.5 } });
      await scene.write(ended(claimed, outcome, undefined, error ?? undefined));
      const row = { status, error, endDate: ENDED.slice(0, 19), results: { accuracy: 0.5 } };
      expect(await scene.row(claimed.experimentId)).toMatchObject(row);
      expect(await scene.repository.attempts(claimed.experimentId)).toMatchObject([{ outcome, detail: error }]);
    }
    expect(await scene.repository.counts()).toEqual({ created: 0, running: 0, done: 1, error: 2, paused: 1 });
  });

  it('keeps the whole text of an error', async () => {
    const scene = await Scene.of(1, open);
    const error = `Error: 'quoted' "too" \u{1f600}\n${'    at frame (file.ts:1:1)\n'.repeat(4_000)}end \n`;
    await scene.write(ended(await scene.claimOne(await scene.runner()), 'error', {}, error));
    expect((await scene.row(1)).error).toBe(error);
    expect((await scene.repository.attempts(1))[0]?.detail).toBe(error);
  });

  it('passes the lease on to the attempt that tries again', async () => {
    const scene = await Scene.of(1, open);
    const runner = await scene.runner();
    const claimed = await scene.claimOne(runner);
    const next = { experimentId: 1, attemptId: newId() };
    await scene.write({ ...ref(claimed), progress: '0.5' });
    await scene.write({
      ...ref(claimed),
      results: { accuracy: 0.1 },
      logs: [note('failed')],
      end: { ...endOf('error', 'once'), retryAs: next.attemptId },
    });
    expect(await scene.row(1)).toMatchObject({ status: 'running', error: null, endDate: null });
    expect(await scene.repository.leases(runner)).toMatchObject([
      { ...next, number: 2, runnerId: runner, progress: null },
    ]);
    expect(await scene.repository.attempts(1)).toMatchObject([
      { ...ref(claimed), number: 1, outcome: 'error', detail: 'once' },
    ]);
    expect(await scene.claim(runner)).toEqual([]);
    expect(await scene.repository.record([{ ...ref(claimed), results: { accuracy: 0.9 } }])).toMatchObject({
      lost: [claimed.attemptId],
    });
    await scene.write({ ...ended(next, 'done', { accuracy: 0.2 }), logs: [note('well')] });
    expect(await scene.row(1)).toMatchObject({ status: 'done', error: null, results: { accuracy: 0.2 } });
    expect(await scene.repository.attempts(1)).toMatchObject([
      { number: 1, outcome: 'error' },
      { ...next, number: 2, outcome: 'done' },
    ]);
    // the next attempt begins from nothing: the rows of an experiment are always those of one attempt
    expect(await scene.logs('notes')).toMatchObject([{ text: 'well' }]);
  });

  it('begins from nothing: what an earlier attempt reported and logged is gone, once another one starts', async () => {
    const scene = await Scene.of(2, open);
    const runner = await scene.runner();
    const [one, two] = await scene.claim(runner, 2);
    if (!one || !two) expect.unreachable('two are open');
    for (const claimed of [one, two]) {
      await scene.write({ ...ref(claimed), results: { accuracy: 0.1 }, logs: [note(`of ${claimed.experimentId}`)] });
    }
    await scene.repository.release([{ ...ref(one), startedAt: '2026-01-01 00:00:00.000' }], 'stopped');
    expect(await scene.row(1)).toMatchObject({ status: 'created', results: { accuracy: 0.1 } });
    await scene.claimOne(runner);
    expect(await scene.row(1)).toMatchObject({ status: 'running', results: { accuracy: null } });
    expect(await scene.row(2)).toMatchObject({ status: 'running', results: { accuracy: 0.1 } });
    expect(await scene.logs('notes')).toMatchObject([{ experiment_id: 2, text: 'of 2' }]);
  });

  it('recognises an end that it has written already, and writes nothing twice', async () => {
    const scene = await Scene.of(2, open);
    const [one, two] = await scene.claim(await scene.runner(), 2);
    if (!one || !two) expect.unreachable('two are open');
    const first = { ...ended(one, 'done', { accuracy: 1 }), logs: [note('once')] };
    const retry = { ...ref(two), logs: [note('failed')], end: { ...endOf('error', 'once'), retryAs: newId() } };
    await scene.write(first, retry);
    const before = [await scene.everything(1), await scene.everything(2)];
    await scene.write(first, retry);
    await scene.write(structuredClone(first));
    expect([await scene.everything(1), await scene.everything(2)]).toEqual(before);
    // nor the log rows of a running attempt, if they come again under their id, be it from another thread
    const running = { experimentId: 2, attemptId: retry.end.retryAs, logs: [note('running')], logsId: newId() };
    await scene.write(running);
    await scene.write(structuredClone(running));
    expect(await scene.logs('notes', 2)).toMatchObject([{ text: 'running' }]);
    await scene.write({ ...running, logsId: newId() });
    expect(await scene.logs('notes', 2)).toMatchObject([{ text: 'running' }, { text: 'running' }]);
  });

  it('calls everything else of an ended attempt lost, and changes nothing', async () => {
    const scene = await Scene.of(2, open);
    const runner = await scene.runner();
    for (const outcome of ['done', 'error'] as const) {
      const claimed = await scene.claimOne(runner);
      await scene.write({ ...ended(claimed, outcome, { accuracy: 1 }), logs: [note('in time')] });
      const before = await scene.everything(claimed.experimentId);
      const other = outcome === 'done' ? 'error' : 'done';
      const late = [
        { ...ref(claimed), results: { accuracy: 2 } },
        { ...ref(claimed), logs: [note('late')] },
        { ...ref(claimed), progress: '1' },
        { ...ended(claimed, other, { accuracy: 2 }), logs: [note('late')] },
      ];
      for (const write of late) {
        expect(await scene.repository.record([write])).toEqual({ lost: [claimed.attemptId], refused: [] });
      }
      expect(await scene.everything(claimed.experimentId)).toEqual(before);
    }
  });

  it('accepts nothing without the lease: of no attempt, of another experiment, of none that exists', async () => {
    const scene = await Scene.of(2, open);
    const [one] = await scene.claim(await scene.runner(), 2);
    if (!one) expect.unreachable('two are open');
    const before = [await scene.everything(1), await scene.everything(2)];
    const wrong = [
      { experimentId: 1, attemptId: newId() },
      { experimentId: 2, attemptId: one.attemptId },
      { experimentId: 99, attemptId: one.attemptId },
    ];
    for (const attempt of wrong) {
      const write = { ...ended(attempt, 'done', { accuracy: 2 }), logs: [note('wrong')], progress: '1' };
      expect(await scene.repository.record([write])).toEqual({ lost: [attempt.attemptId], refused: [] });
    }
    expect([await scene.everything(1), await scene.everything(2)]).toEqual(before);
  });

  it('writes many attempts at once, each wholly or not at all', async () => {
    const scene = await Scene.of(6, open);
    const claimed = await scene.claim(await scene.runner(), 5);
    await scene.repository.release(
      [claimed[2]].flatMap((one) => (one ? [ref(one)] : [])),
      'taken away',
    );
    // in no order, some ending and some not, and with different columns
    const writes = claimed.toReversed().map((one) => ({
      ...ref(one),
      results: one.experimentId % 2 === 0 ? { accuracy: one.experimentId } : { comment: `number ${one.experimentId}` },
      logs: [note(`a${one.experimentId}`), note(`b${one.experimentId}`)],
      ...(one.experimentId !== 4 && {
        end: endOf(one.experimentId === 5 ? 'error' : 'done', one.experimentId === 5 ? 'five' : null),
      }),
    }));
    expect(await scene.repository.record(writes)).toEqual({ lost: [claimed[2]?.attemptId], refused: [] });
    expect(
      (await scene.list()).map(({ status, error, results }) => [
        status,
        error,
        results['accuracy'],
        results['comment'],
      ]),
    ).toEqual([
      ['done', null, null, 'number 1'],
      ['done', null, 2, null],
      ['created', null, null, null],
      ['running', null, 4, null],
      ['error', 'five', null, 'number 5'],
      ['created', null, null, null],
    ]);
    for (const id of [1, 2, 4, 5])
      expect(await scene.logs('notes', id)).toMatchObject([{ text: `a${id}` }, { text: `b${id}` }]);
    expect(await scene.logs('notes', 3)).toEqual([]);
    expect(await scene.repository.record([])).toEqual({ lost: [], refused: [] });
  });

  it('writes a thousand ends with their logs in one call', async () => {
    const scene = await Scene.of(1_000, open);
    const claimed = await scene.claim(await scene.runner(), 1_000);
    expect(claimed).toHaveLength(1_000);
    await scene.write(
      ...claimed.map((one) => ({
        ...ended(one, 'done', { accuracy: one.experimentId }),
        logs: [note(`${one.experimentId}`)],
      })),
    );
    expect(await scene.repository.counts()).toMatchObject({ done: 1_000, running: 0 });
    expect((await scene.list()).every(({ id, results }) => results['accuracy'] === id)).toBe(true);
    expect(await scene.logs('notes')).toHaveLength(1_000);
    expect(await scene.repository.leases()).toEqual([]);
  });

  it('tells of what the database refuses, and writes the others', async () => {
    const scene = await Scene.of(3, open);
    const claimed = await scene.claim(await scene.runner(), 3);
    const [one, two, three] = claimed;
    if (!one || !two || !three) expect.unreachable('three are open');
    const before = await scene.everything(2);
    const tooBig = { ...ended(two, 'done', { comment: 'fits', size: 2n ** 64n }), logs: [note('no')], progress: '1' };
    const { lost, refused } = await scene.repository.record([ended(one), tooBig, ended(three)]);
    expect({ lost, refused }).toEqual({
      lost: [],
      refused: [{ attemptId: two.attemptId, reason: expect.stringMatching(/\w{3}/) }],
    });
    expect(await scene.everything(2)).toEqual(before);
    expect((await scene.list({ statuses: ['done'] })).map(({ id }) => id)).toEqual([1, 3]);
    await scene.write(ended(two, 'error', {}, 'the database refused a value'));
    expect(await scene.row(2)).toMatchObject({ status: 'error', results: { comment: null, size: null } });
  });
};
