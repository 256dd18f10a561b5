import { newId } from '../src/application/ports/new-id.ts';
import type { ExperimentRepository } from '../src/domain/repository/experiment-repository.ts';
import { openMysqlRepository } from '../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../src/infrastructure/database/open-sqlite.ts';
import { withBare } from './bare.ts';
import { DATE, HOST, INSTANT, NAME, RUNNER } from './bare-rows.ts';
import { alternate, type Database, median, type Options, report } from './measure.ts';
import { type Study, withStudy } from './study.ts';

/*
 * How long the repository takes to claim 8 experiments, in tables of which nothing or 99 % is finished (those of lowest
 * id, with their history). All tables are there at the same time and take turns; the ratio is to the smallest.
 */

const CLAIM = 8;
/** Claims in one run, in series that are released in between: the smallest table has only a hundred open rows. */
const SERIES = 5;
const CLAIMS = 10;

/** A study with so many rows, made by the server itself: each statement doubles them. */
const withRows = async <Result>(
  database: Database,
  n: number,
  finished: number,
  work: (study: Study) => Promise<Result>,
): Promise<Result> =>
  withStudy(database, { n: 1 }, async (study) => {
    await study.experimenter.fillWithRows([]);
    await withBare(database, study, async (bare) => {
      const { table } = study;
      const done = Math.round(n * finished);
      const columns = 'a, creation_date, status, start_date, name, machine, x, y, end_date';
      /** One row's columns, or NULL where it is not finished. */
      const values = (a: string) => {
        const ifDone = (value: string) => `CASE WHEN ${a} < ${done} THEN ${value} END`;
        const run = [`'${DATE}'`, `'${NAME}'`, `'${HOST}'`, `${a} / 3.0`, `${a} * 2.0`, `'${DATE}'`].map(ifDone);
        return `${a}, '${DATE}', CASE WHEN ${a} < ${done} THEN 'done' ELSE 'created' END, ${run.join(', ')}`;
      };
      await bare.run(`INSERT INTO ${table} (${columns}) SELECT ${values('0')}`);
      for (let size = 1; size < n; size *= 2) {
        const added = Math.min(size, n - size);
        await bare.run(
          `INSERT INTO ${table} (${columns}) SELECT ${values(`(a + ${size})`)} FROM ${table} ORDER BY ID LIMIT ${added}`,
        );
      }
      await bare.run(
        `INSERT INTO ${table}_attempts (experiment_id, number, attempt_id, runner_id, host, started_at, ended_at, outcome, superseded, done_id)
         SELECT ID, 1, '${newId()}', '${RUNNER}', '${HOST}', '${INSTANT}', '${INSTANT}', 'done', 0, ID FROM ${table} WHERE status = 'done' ORDER BY ID`,
      );
    });
    return work(study);
  });

const repositoryOf = async (database: Database, { experimenter, file }: Study): Promise<ExperimentRepository> => {
  if (database.name === 'sqlite') return openSqliteRepository(experimenter.study, { file });
  const { hostname, port, pathname, username, password } = database.url;
  return openMysqlRepository(experimenter.study, {
    host: hostname,
    port: Number(port || 3306),
    database: pathname.slice(1),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
};

/** Median milliseconds of a claim. */
const latency = async (repository: ExperimentRepository, runnerId: string): Promise<number> => {
  const milliseconds: number[] = [];
  for (let series = 0; series < SERIES; series += 1) {
    const attempts = [];
    for (let claims = 0; claims < CLAIMS; claims += 1) {
      const begun = performance.now();
      const claimed = await repository.claim({ runnerId, count: CLAIM });
      milliseconds.push(performance.now() - begun);
      if (claimed?.length !== CLAIM) throw new Error(`claimed ${claimed?.length} of ${CLAIM}`);
      attempts.push(...claimed);
    }
    await repository.release(attempts, 'bench');
  }
  return median(milliseconds);
};

/** Median milliseconds of a claim in tables of these sizes: a list of runs for each. */
export const claims = async (
  database: Database,
  sizes: readonly number[],
  finished: number,
  runs: number,
): Promise<readonly number[][]> => withTables(database, sizes, finished, [], (sides) => alternate(runs, sides));

/** Opens all tables, one inside the other, then works with a measurement of each. */
const withTables = async <Result>(
  database: Database,
  [n, ...others]: readonly number[],
  finished: number,
  sides: readonly (() => Promise<number>)[],
  work: (sides: readonly (() => Promise<number>)[]) => Promise<Result>,
): Promise<Result> => {
  if (n === undefined) return work(sides);
  return withRows(database, n, finished, async (study) => {
    const repository = await repositoryOf(database, study);
    try {
      const runnerId = newId();
      await repository.register({ id: runnerId, name: NAME, host: HOST, pid: 1, workers: 1, version: '0' }, 3_600);
      await latency(repository, runnerId); // everything is compiled and prepared
      return await withTables(database, others, finished, [...sides, () => latency(repository, runnerId)], work);
    } finally {
      await repository.close();
    }
  });
};

export const bench = async ({ n = [10_000, 100_000, 1_000_000], runs, databases, largest }: Options): Promise<void> => {
  const sizes = largest ? [...n, 10_000_000] : n;
  for (const database of databases) {
    for (const finished of [0, 0.99]) {
      const figures = await claims(database, sizes, finished, runs);
      const to = { what: `n = ${sizes[0]}`, runs: figures[0] ?? [] };
      const what = `claim of ${CLAIM}, ${finished * 100} % finished`;
      for (const [index, n] of sizes.entries()) {
        report({ bench: 'claim', what, database, n, unit: 'ms', runs: figures[index] ?? [], to });
      }
    }
  }
};
