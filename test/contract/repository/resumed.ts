import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { ended, endOf, note, type OpenRepository, ref, Scene, STARTED } from './scene.ts';

/** Values that lose something on a careless way out of a database and back. */
const EXACT = {
  accuracy: 0.1 + 0.2,
  comment: 'half\nway "\u{1f9ea}"',
  size: 9_007_199_254_740_993n,
  matrix: [[1, null]],
};

/** What happens to a paused experiment whose resuming attempt does not end by itself. */
export const resumedContract = (open: OpenRepository): void => {
  const paused = async () => {
    const scene = await Scene.of(2, open);
    const [first, second] = [
      await scene.runner({ name: 'first', host: 'a' }),
      await scene.runner({ name: 'second', host: 'b' }),
    ];
    const claimed = await scene.claimOnly(first, 1);
    await scene.write({ ...ended(claimed, 'paused', scene.results(EXACT)), logs: [note('paused')] });
    await scene.write({ ...ref(await scene.claimOnly(first, 2)), logs: [note("another's")] });
    const { row, logs } = (await scene.everything(1)) as { row: object; logs: object };
    /** Resumes it, and lets it say something. */
    const resumeAndReport = async (runner = second) => {
      const resumed = await scene.claimOnly(runner, 1, 'paused');
      await scene.write({
        ...ref(resumed),
        results: scene.results({ accuracy: 0.9, comment: null, size: 1, matrix: { a: 1 } }),
        logs: [note('resumed'), note('again')],
        logsId: newId(),
      });
      expect(await scene.row(1)).toMatchObject({ status: 'running', name: 'second', results: { accuracy: 0.9 } });
      return resumed;
    };
    return { scene, second, row, logs, resumeAndReport };
  };

  it('is paused again with what it had, if the runner that resumed it dies', async () => {
    const { scene, second, row, logs, resumeAndReport } = await paused();
    const resumed = await resumeAndReport();
    await scene.die(second);
    expect(await scene.repository.reap(3)).toEqual([
      { ...ref(resumed), number: 2, runnerId: second, status: 'paused' },
    ]);
    expect(await scene.everything(1)).toMatchObject({ row, logs });
    expect((await scene.repository.attempts(1)).map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'paused'],
      [2, 'lost'],
    ]);
    expect(await scene.logs('notes', 2)).toHaveLength(1);
    const third = await scene.runner();
    expect(await scene.claim(third)).toEqual([]);
    await scene.write({ ...ended(await scene.claimOnly(third, 1, 'paused'), 'done'), logs: [note('third')] });
    expect(await scene.row(1)).toMatchObject({ status: 'done', results: { comment: EXACT.comment } });
    expect((await scene.logs('notes', 1)).map(({ text }) => text)).toEqual(['paused', 'third']);
  });

  it('is given up after maxAttempts losses like any other', async () => {
    const { scene, resumeAndReport } = await paused();
    for (const status of ['paused', 'error']) {
      const runner = await scene.runner({ name: 'second' });
      await resumeAndReport(runner);
      await scene.die(runner);
      expect(await scene.repository.reap(2)).toMatchObject([{ experimentId: 1, status }]);
    }
    expect(await scene.row(1)).toMatchObject({ status: 'error', error: expect.stringMatching(/\b2\b/) });
  });

  it('is paused again with what it had, if it is released', async () => {
    const { scene, row, logs, resumeAndReport } = await paused();
    const resumed = await resumeAndReport();
    await scene.repository.release([{ ...ref(resumed), startedAt: STARTED }], 'stopped');
    expect(await scene.everything(1)).toMatchObject({ row, logs });
  });

  it('is tried again with what it had', async () => {
    const { scene, second, row, logs, resumeAndReport } = await paused();
    const next = newId();
    await scene.write({ ...ref(await resumeAndReport()), end: { ...endOf('error', 'once'), retryAs: next } });
    expect(await scene.row(1)).toMatchObject({ status: 'running', name: 'second', machine: 'b' });
    const again = (await scene.everything(1)) as { row: Record<string, unknown>; logs: object };
    const { accuracy, comment, size, matrix } = row as Record<string, unknown>;
    expect(again.row).toMatchObject({ accuracy, comment, size, matrix });
    expect(again.logs).toEqual(logs);
    await scene.die(second);
    expect(await scene.repository.reap(3)).toMatchObject([{ experimentId: 1, attemptId: next, status: 'paused' }]);
    expect(await scene.everything(1)).toMatchObject({ row, logs });
  });
};
