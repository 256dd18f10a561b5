import { existsSync } from 'node:fs';
import { setTimeout as later } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { openNativeSqlite } from '../../support/native-sqlite.ts';
import { onEveryDatabase, openPythonStudy, type PythonPlace } from '../../support/python-places.ts';

/* PyExperimenter 1.4.2's known defects in executing, by their number, and what happens here instead. */

/** Somebody else keeps the database, or the study's table, to himself for a while. */
const occupy = async ({ provider, database, peer }: PythonPlace): Promise<() => Promise<void>> => {
  if (provider === 'sqlite') {
    const native = openNativeSqlite(`${database}.db`);
    native.exec('BEGIN IMMEDIATE');
    return async () => {
      native.exec('ROLLBACK');
      native.close();
    };
  }
  const { mysql } = peer as { readonly mysql: Parameters<typeof createConnection>[0] & object };
  const connection = await createConnection(mysql);
  await connection.query('LOCK TABLES t WRITE');
  return () => connection.end();
};

onEveryDatabase('PyExperimenter’s defects in executing', (newPlace) => {
  it('D7: the first thing a fresh instance does may be to add and execute, with emissions measured', async () => {
    await using fresh = await openPythonStudy(await newPlace(), {}, () => ({ r: 1 }), {
      set: ['emissions.enabled=true'],
    });
    expect(await fresh.addAndExecute({ a: 7 })).toMatchObject({ executed: 1, done: 1 });
    expect(await fresh.rows()).toMatchObject([{ ID: 1, a: 7, r: 1, status: 'done' }]);
    expect(await Array.fromAsync(fresh.emissions())).toMatchObject([{ experiment_id: 1, offline_mode: true }]);
  });

  it('D18: runs at once in one directory measure as each is told, by names, and leave no file behind', async () => {
    const place = await newPlace();
    const told = (table: string, ...set: string[]) =>
      openPythonStudy(place, { table }, () => ({ r: 1 }), { set: ['emissions.enabled=true', ...set] });
    await using french = await told('french', 'emissions.countryIsoCode="FRA"', 'emissions.trackingMode="machine"');
    await using german = await told('german', 'emissions.countryIsoCode="DEU"');
    await Promise.all([french.run(), german.run()]);
    const frame = await french.emissionsTable();
    expect([frame.numRows(), frame.numCols(), frame.get('country_iso_code', 1)]).toEqual([2, 34, 'FRA']);
    const rows = async (table: string) =>
      place.execute(
        `SELECT country_name, country_iso_code, tracking_mode, energy_consumed_kw FROM ${table}_codecarbon`,
      );
    const measured = { energy_consumed_kw: expect.any(Number) as number };
    expect(await rows('french')).toEqual(
      new Array(2).fill({ country_name: 'France', country_iso_code: 'FRA', tracking_mode: 'machine', ...measured }),
    );
    expect(await rows('german')).toEqual(
      new Array(2).fill({ country_name: 'Germany', country_iso_code: 'DEU', tracking_mode: 'process', ...measured }),
    );
    expect(existsSync('.codecarbon.config')).toBe(false);
  });

  it('D21: a database that somebody locks for a while ends nothing', async () => {
    const place = await newPlace();
    let free: Promise<void> | undefined;
    let freed = false;
    const experiment = async () => {
      if (!free) {
        const release = await occupy(place);
        free = later(1_500).then(release);
        free = free.then(() => void (freed = true));
      }
      return { r: 1 };
    };
    const keyfields = { a: { type: 'INT', values: { start: 0, stop: 50 } } };
    await using experimenter = await openPythonStudy(place, { keyfields }, experiment);
    await experimenter.fillFromConfig();
    expect(await experimenter.execute({ workers: 2 })).toMatchObject({ done: 50, error: 0 });
    expect(freed).toBe(true); // nothing could be recorded before
    await free;
    expect(await experimenter.counts()).toEqual({ created: 0, running: 0, done: 50, error: 0, paused: 0 });
  });

  it('D22: a limit is a limit: options have names, and places mean nothing', async () => {
    const keyfields = { a: { type: 'INT', values: [1, 2, 3, 4, 5] } };
    const executed: number[] = [];
    await using experimenter = await openPythonStudy(await newPlace(), { keyfields }, (_, { experimentId }) => {
      executed.push(experimentId);
    });
    await experimenter.fillFromConfig();
    expect(await experimenter.execute({ maxExperiments: 1 })).toMatchObject({ executed: 1 });
    expect(executed).toEqual([1]);
    expect(await experimenter.execute({ maxExperiments: 2, workers: 1 })).toMatchObject({ executed: 2 });
    expect(executed).toEqual([1, 2, 3]);
    // @ts-expect-error -- what was meant as a limit, and was taken for "in random order"
    const positional = () => experimenter.execute(() => undefined, 1);
    expect(positional).toBeTypeOf('function');
  });
});
