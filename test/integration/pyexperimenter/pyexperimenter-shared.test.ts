import { expect, it, type TestContext } from 'vitest';
import type { ExperimentFunction } from '../../../src/domain/experiment/experiment-function.ts';
import { Peer, peerPython, type PeerStudy } from '../../support/python-peer.ts';
import { onEveryDatabase, openPythonStudy, type PythonPlace } from '../../support/python-places.ts';

/* Tables that PyExperimenter's statements (peer.py) and we work on at the same time. */

const seeds = 250;
const kernels = ['linear', "rb'f"];
const keyfields = {
  seed: { type: 'INT', values: { start: 0, stop: seeds } },
  kernel: { type: 'VARCHAR(255)', values: kernels },
};
const theirs: PeerStudy = {
  table: 't',
  keyfields: { seed: 'INT', kernel: 'VARCHAR(255)' },
  resultfields: { r: 'DOUBLE' },
  grid: Array.from({ length: seeds }, (_, seed) => kernels.map((kernel) => ({ seed, kernel }))).flat(),
};

const hasId = (id: unknown): id is number => typeof id === 'number';

onEveryDatabase('a table shared with PyExperimenter', (newPlace) => {
  /** The place, and what starts a peer on it. */
  const shared = async ({ skip }: TestContext) => {
    const place = await newPlace();
    const python = peerPython(place.provider) ?? skip('no Python for it');
    const peer = (verb: string, study: PeerStudy = theirs) => new Peer(python, place.peer, study, verb);
    return { place, peer, says: async (verb: string, study?: PeerStudy) => peer(verb, study).ended() };
  };
  const ours = async (place: PythonPlace, experiment?: ExperimentFunction) =>
    openPythonStudy(place, { keyfields }, experiment);

  it('that we made passes its check of the structure, and what we filled is full to it', async (test) => {
    const { place, says } = await shared(test);
    await using experimenter = await ours(place, () => ({ r: 1 }));
    expect(await experimenter.fillFromConfig()).toEqual({ added: 500, existing: 0 });
    expect(await says('create')).toEqual([{ create: false }]);
    expect(await says('fill')).toEqual([{ fill: 0 }]);
    const more = { ...theirs, grid: [...(theirs.grid ?? []), { seed: seeds, kernel: 'poly' }] };
    expect(await says('fill', more)).toEqual([{ fill: 1 }]);
    expect(await experimenter.execute()).toMatchObject({ done: 501 });
    const rows = await says('read');
    expect(rows.at(-1)).toMatchObject({ seed: 250, kernel: 'poly', status: 'done', r: 1, error: null });
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['done']));
    await expect(says('create', { ...theirs, resultfields: { other: 'INT' } })).rejects.toThrow(/TableHasWrongStr/);
  });

  it('that it made and filled is full to us, and is executed', async (test) => {
    const { place, says } = await shared(test);
    expect(await says('fill')).toEqual([{ fill: 500 }]);
    await using experimenter = await ours(place, () => ({ r: 1 }));
    expect(await experimenter.fillFromConfig()).toEqual({ added: 0, existing: 500 });
    expect(await says('create')).toEqual([{ create: false }]);
    expect(await experimenter.execute()).toMatchObject({ done: 500 });
    expect(await says('work')).toEqual([]);
  });

  it('is drained by both at once; nothing of ours is executed twice, or overwritten', async (test) => {
    const { place, peer, says } = await shared(test);
    const executed: number[] = [];
    await using experimenter = await ours(place, (_, { experimentId }) => {
      executed.push(experimentId);
      return { r: 1 };
    });
    await experimenter.fillFromConfig();
    const peers = [peer('work'), peer('work'), peer('work')];
    await Promise.all(peers.map((each) => each.next())); // all of them are at it
    await experimenter.execute({ workers: 2 });
    const said = (await Promise.all(peers.map((each) => each.ended()))).flat();
    const byPython = said.map((line) => line['executed']).filter(hasId);

    expect(new Set(executed).size).toBe(executed.length);
    expect(executed.length).toBeGreaterThan(0);
    expect(new Set([...executed, ...byPython]).size).toBe(500);
    expect(executed.filter((id) => byPython.includes(id))).toEqual([]);
    // On SQLite its own workers may take one from each other, in which we have no say.
    if (place.provider === 'mysql') expect(new Set(byPython).size).toBe(byPython.length);
    const mine = new Set(executed);
    for (const row of await says('read')) {
      const wanted = mine.has(Number(row['ID'])) ? { r: 1, status: 'done' } : { r: 2, status: 'done', name: 'python' };
      expect(row).toMatchObject(wanted);
    }
    expect(await Array.fromAsync(experimenter.attempts())).toHaveLength(executed.length);
  });

  it('survives the gap between its selection and its claim', async (test) => {
    const { place, peer, says } = await shared(test);
    const executed: number[] = [];
    await using experimenter = await ours(place, async (_, { experimentId }) => {
      executed.push(experimentId);
      if (experimentId === 1 && place.provider === 'sqlite') {
        stalled.goOn(); // while it is under our lease
        expect(await stalled.ended()).toEqual([
          { selected: 1 },
          { refused: 'another runner has taken this experiment (ts-experimenter)' },
        ]);
      }
      return { r: 1 };
    });
    await experimenter.fillFromConfig();
    const stalled = peer('stall');
    expect(await stalled.next()).toEqual({ selected: 1 });
    await experimenter.execute();
    if (place.provider === 'sqlite') {
      expect(executed).toHaveLength(500);
    } else {
      // It holds a lock, by which ours passes.
      expect(executed).toHaveLength(499);
      stalled.goOn();
      expect(await stalled.ended()).toEqual([{ selected: 1 }, { executed: 1 }]);
    }
    const [first, second] = await says('read');
    const python = { r: 2, name: 'python' };
    expect(first).toMatchObject({ ID: 1, status: 'done', ...(place.provider === 'sqlite' ? { r: 1 } : python) });
    expect(second).toMatchObject({ ID: 2, status: 'done', r: 1 });
  });

  it('keeps what we have finished in that gap', async (test) => {
    const { place, peer, says } = await shared(test);
    if (place.provider !== 'sqlite') return test.skip('it holds a lock there');
    await using experimenter = await ours(place, () => ({ r: 1 }));
    await experimenter.fillFromConfig();
    const stalled = peer('stall');
    await stalled.next();
    await experimenter.execute();
    stalled.goOn();
    expect((await stalled.ended())[1]).toMatchObject({ refused: expect.stringContaining('another runner') });
    expect((await says('read'))[0]).toMatchObject({ ID: 1, status: 'done', r: 1 });
    // What was reset is anybody's again.
    await experimenter.reset({ ids: [[1, 1]] });
    expect(await says('work')).toEqual([{ executed: 1 }]);
    expect((await says('read'))[0]).toMatchObject({ status: 'done', r: 2, name: 'python' });
  });
});
