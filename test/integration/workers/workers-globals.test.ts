import { describe, expect, it } from 'vitest';
import { experimentFile } from '../../support/experiments.ts';
import { misbehavingConfig, MisbehavingStudy } from '../../support/misbehaving.ts';

/* An experiment that replaces what JavaScript and Node are made of harms only itself. */

/** What the worker has kept for itself before the experiment's code was loaded: nothing happens at all. */
const kept = [
  'JSON',
  'JSON to garbage',
  'Atomics',
  'Atomics to nothing',
  'Buffer',
  'typed arrays',
  'Promise',
  'clocks',
  'process.exit',
  'timers',
];
/** What nothing works without: it may fail, and its worker is replaced. */
const broken = ['Array.prototype', 'String.prototype, then fails', 'writes garbage'];

describe.each(['thread', 'process'])('in a %s', (isolation) => {
  const executed = async (kind: string) => {
    const config = {
      ...misbehavingConfig({ runner: { isolation } }),
      experiment: { module: experimentFile('replacing.mjs') },
    };
    const study = await MisbehavingStudy.with(config, ['ok', kind, 'ok', 'ok']);
    await study.execute();
    const [before, it, ...after] = await Promise.all([1, 2, 3, 4].map(async (id) => (await study.became(id)).row));
    return { before: before?.status, it, after: after.map(({ status }) => status) };
  };

  it.each(kept)('%s', async (kind) => {
    const { before, it: row, after } = await executed(kind);
    expect({ before, status: row?.status, error: row?.error, after }).toEqual({
      before: 'done',
      status: 'done',
      error: null,
      after: ['done', 'done'],
    });
  });

  it.each(broken)('%s', async (kind) => {
    const { before, it: row, after } = await executed(kind);
    expect(before).toBe('done');
    expect(row?.status).toMatch(/done|error/);
    expect(after).toEqual(['done', 'done']);
  });

  it('what checks results: the run goes on, those in the same worker share it', async () => {
    const { before, after } = await executed('Object');
    expect(before).toBe('done');
    for (const status of after) expect(status).toMatch(/done|error/);
  });
});
