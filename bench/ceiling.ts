import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { withBare } from './bare.ts';
import { alternate, type Database, type Options, report, secondsSince } from './measure.ts';
import { withStudy } from './study.ts';

/*
 * The limits that the product's figures are divided by, in one process without threads or actors:
 * - the rows that an experiment costs (claim: main row and lease; record: lease, main row and history), on tables and
 *   indexes that the product has made, by the bare driver in the product's largest batches, each one durable commit;
 * - as many no-op tasks through Piscina, one by one (64 under way) and in chunks of 256, nothing stored.
 */

/** Experiments per second that the bare driver claims and records. */
export const ceiling = async (database: Database, n: number): Promise<number> =>
  withStudy(database, { n }, async (study) => {
    await study.experimenter.fillFromConfig();
    const seconds = await withBare(database, study, async (bare) => {
      const begun = performance.now();
      await bare.drain();
      return secondsSince(begun);
    });
    await study.requireDone(n);
    return n / seconds;
  });

/** What `ceiling` is called where something is divided by it. */
export const ceilingName = ({ name }: Database): string =>
  `ceiling: the same rows by bare ${name === 'sqlite' ? 'better-sqlite3' : 'mysql2'}`;

const WORKER = 'export default (chunk) => chunk.map((a) => ({ x: a / 3, y: a * 2 }));\n';
/** Runs that wait for a thread at any time. */
const UNDER_WAY = 64;

/** Tasks per second through worker threads alone. */
const piscina = async (n: number, workers: number, chunk: number): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const filename = join(directory, 'worker.mjs');
  writeFileSync(filename, WORKER);
  const pool = new Piscina({ filename, minThreads: workers, maxThreads: workers, recordTiming: false });
  try {
    const task = (from: number) => Array.from({ length: Math.min(chunk, n - from) }, (_, index) => from + index);
    await Promise.all(Array.from({ length: workers * 4 }, () => pool.run([0])));
    const begun = performance.now();
    let next = 0;
    let finished = 0;
    const lane = async () => {
      while (next < n) {
        const from = next;
        next += chunk;
        const results = (await pool.run(task(from))) as unknown[];
        finished += results.length;
      }
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, lane));
    if (finished !== n) throw new Error(`${finished} of ${n} tasks are done`);
    return n / secondsSince(begun);
  } finally {
    await pool.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
};

export const bench = async ({
  n: sizes = [50_000],
  runs,
  workers: [workers = 2],
  databases,
}: Options): Promise<void> => {
  for (const n of sizes) {
    const [one = [], chunks = [], ...stores] = await alternate(runs, [
      () => piscina(n, workers, 1),
      () => piscina(n, workers, 256),
      ...databases.map((database) => () => ceiling(database, n)),
    ]);
    const alone = { what: 'Piscina one by one', runs: one };
    const chunked = { what: 'Piscina in chunks of 256', runs: chunks };
    const common = { bench: 'ceiling', n } as const;
    report({ ...common, ...alone, workers, unit: 'tasks/s', to: chunked });
    report({ ...common, ...chunked, workers, unit: 'tasks/s', to: alone });
    for (const [index, database] of databases.entries()) {
      const perSecond = stores[index] ?? [];
      report({ ...common, what: 'claim and record', database, unit: 'experiments/s', runs: perSecond, to: chunked });
    }
  }
};
