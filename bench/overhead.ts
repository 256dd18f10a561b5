import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { alternate, type Database, type Options, report } from './measure.ts';
import { type Study, withStudy } from './study.ts';

/*
 * What the product takes for itself:
 * - processor time of the runner's whole process while four experiments sleep on four workers, from when the last of
 *   them began until the first ended; beside one core's time;
 * - wall time that an experiment of 100 ms costs beyond its own, which it measures itself (a timer is late, too), while
 *   four workers have no pause, from start to start; beside the same functions through Piscina alone, which stores
 *   nothing.
 */

const WORKERS = 4;
const MILLISECONDS = 100;

const sleeping = (seconds: number) => `
export default async () => {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, ${seconds * 1_000}));
  const { user, system } = process.cpuUsage(before); // the whole process's
  return { x: (user + system) / 1e6, y: 0 };
};
`;

/** When it began, in milliseconds of the wall clock, and how long it took. */
const TIMED = `
export default async () => {
  const x = performance.timeOrigin + performance.now();
  await new Promise((resolve) => setTimeout(resolve, ${MILLISECONDS}));
  return { x, y: performance.timeOrigin + performance.now() - x };
};
`;

type Times = readonly { readonly x: number; readonly y: number }[];

const results = async ({ experimenter }: Study): Promise<Times> =>
  (await experimenter.rows()).map((row) => ({ x: Number(row['x']), y: Number(row['y']) }));

/** Share of one core. */
const idle = async (database: Database, seconds: number): Promise<number> =>
  withStudy(database, { n: WORKERS, workers: WORKERS, experiment: sleeping(seconds) }, async (study) => {
    await study.cli('run');
    await study.requireDone(WORKERS);
    // The one that began last has not seen the others' threads start.
    return Math.min(...(await results(study)).map(({ x }) => x)) / seconds;
  });

/**
 * From start to start less what it took, over whole rounds, without the first two and the last two: while threads start,
 * workers pause.
 */
const beyond = (times: Times): number => {
  const edge = 2 * WORKERS;
  const inOrder = times.toSorted((a, b) => a.x - b.x).slice(edge, -edge + 1);
  const last = inOrder.pop();
  const own = inOrder.reduce((sum, { y }) => sum + y, 0);
  return (((last?.x ?? NaN) - (inOrder[0]?.x ?? NaN)) * WORKERS - own) / inOrder.length;
};

const extra = async (database: Database, n: number): Promise<number> =>
  withStudy(database, { n, workers: WORKERS, experiment: TIMED }, async (study) => {
    await study.cli('run');
    await study.requireDone(n);
    return beyond(await results(study));
  });

const bareExtra = async (n: number): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const filename = join(directory, 'worker.mjs');
  writeFileSync(filename, TIMED);
  const pool = new Piscina({ filename, minThreads: WORKERS, maxThreads: WORKERS });
  try {
    return beyond((await Promise.all(Array.from({ length: n }, () => pool.run(null)))) as Times);
  } finally {
    await pool.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
};

export const bench = async ({ n: [wanted = 200] = [], runs, databases, seconds }: Options): Promise<void> => {
  const n = Math.max(10, Math.ceil(wanted / WORKERS)) * WORKERS;
  const common = { bench: 'overhead', workers: WORKERS, runners: 1 } as const;
  // At the same time: they sleep.
  const shares = await alternate(runs, [async () => Promise.all(databases.map((database) => idle(database, seconds)))]);
  for (const [index, database] of databases.entries()) {
    const cpuSeconds = (shares[0] ?? []).map((both) => (both[index] ?? NaN) * seconds);
    const to = { what: `one core for ${seconds} s`, runs: cpuSeconds.map(() => seconds) };
    report({ ...common, what: 'runner idle', database, n: WORKERS, unit: 'CPU seconds', runs: cpuSeconds, to });
  }
  const [bare = [], ...extras] = await alternate(runs, [
    () => bareExtra(n),
    ...databases.map((database) => () => extra(database, n)),
  ]);
  for (const [index, database] of databases.entries()) {
    const to = { what: 'Piscina alone', runs: bare };
    const what = `beyond its own ${MILLISECONDS} ms`;
    report({ ...common, what, database, n, unit: 'ms an experiment', runs: extras[index] ?? [], to });
  }
};
