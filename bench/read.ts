import type { Database, Options } from './measure.ts';
import { alternate, report } from './measure.ts';
import { withBare } from './bare.ts';
import { DATE, HOST, INSTANT, NAME, RUNNER } from './bare-rows.ts';
import { range, type Study, type Used, withStudy } from './study.ts';

/*
 * Every verb that reads, on a study of n experiments that have ended, a tenth of them with an error, each with three log
 * rows: seconds and peak memory of its process, beside a process that executes the bare SQL that the verb needs, reads
 * the rows and does nothing with them.
 */

const KEYFIELDS = ['dataset', 'kernel', 'gamma', 'a'];

/** The words of each verb, and the statements it cannot do without; `T` is the table. */
const VERBS: readonly (readonly [verb: string, words: readonly string[], sql: readonly string[]])[] = [
  [
    'status',
    ['status'],
    ['SELECT status, COUNT(*) FROM T GROUP BY status', "SELECT ID, error FROM T WHERE status = 'error'"],
  ],
  ['list', ['list', '--json'], ['SELECT * FROM T']],
  ['list --limit 100', ['list', '--limit', '100'], ['SELECT * FROM T ORDER BY ID LIMIT 100']],
  ['errors', ['errors'], [`SELECT ID, status, error, ${KEYFIELDS.join(', ')} FROM T`]],
  ['plan', ['plan'], [`SELECT ID, status, ${KEYFIELDS.join(', ')} FROM T`, 'SELECT * FROM T_attempts']],
  ['show', ['show', '17'], ['SELECT * FROM T WHERE ID = 17', 'SELECT * FROM T__steps WHERE experiment_id = 17']],
  [
    'table',
    ['table', '--rows', 'dataset', '--columns', 'kernel', '--value', 'x', '--over', 'gamma,a'],
    [`SELECT x, ${KEYFIELDS.join(', ')} FROM T`],
  ],
  [
    'plot curve',
    ['plot', 'curve', '--by', 'kernel', '--x', 'step', '--y', 'loss'],
    [`SELECT ID, ${KEYFIELDS.join(', ')} FROM T`, 'SELECT experiment_id, step, loss FROM T__steps'],
  ],
  ['plot box', ['plot', 'box', '--value', 'x', '--by', 'kernel'], [`SELECT x, ${KEYFIELDS.join(', ')} FROM T`]],
  [
    'plot heatmap',
    ['plot', 'heatmap', '--value', 'x', '--rows', 'dataset', '--columns', 'kernel'],
    [`SELECT x, ${KEYFIELDS.join(', ')} FROM T`],
  ],
  ['export csv', ['export', '--format', 'csv'], ['SELECT * FROM T']],
  ['export jsonl of attempts', ['export', '--what', 'attempts', '--format', 'jsonl'], ['SELECT * FROM T_attempts']],
];

const SQLITE = (file: string): string => `
import { createRequire } from 'node:module';
const orm = createRequire(${JSON.stringify(import.meta.resolve('@mikro-orm/sqlite'))});
const db = new (orm('better-sqlite3'))(${JSON.stringify(file)});
let cells = 0;
for (const sql of process.argv.slice(2)) for (const row of db.prepare(sql).raw(true).iterate()) cells += row.length;
db.close();
`;

const MYSQL = (url: URL): string => `
import { createRequire } from 'node:module';
const { createConnection } = createRequire(${JSON.stringify(import.meta.url)})('mysql2');
const db = createConnection({ uri: ${JSON.stringify(url.href)}, rowsAsArray: true });
let cells = 0;
for (const sql of process.argv.slice(2)) for await (const row of db.query(sql).stream()) cells += row.length;
db.end();
`;

/** `n` ended experiments with their history and their log rows. */
const end = async (database: Database, study: Study, n: number): Promise<void> => {
  await study.experimenter.fillFromConfig();
  await withBare(database, study, async (bare) => {
    const failed = 'ID % 10 = 3';
    const number = (text: string) => (database.name === 'sqlite' ? `(${text}) || ''` : `CAST(${text} AS CHAR)`);
    const text =
      database.name === 'sqlite'
        ? `'ValueError: seed ' || ${number('ID')} || ' is out of range\n  at train (train.ts:' || ${number('ID % 7')} || ')'`
        : `CONCAT('ValueError: seed ', ${number('ID')}, ' is out of range\n  at train (train.ts:', ${number('ID % 7')}, ')')`;
    await bare.run(
      `UPDATE ${study.table} SET status = CASE WHEN ${failed} THEN 'error' ELSE 'done' END, start_date = '${DATE}',
         end_date = '${DATE}', name = '${NAME}', machine = '${HOST}', x = (ID * 7919 % 10007) / 10007.0, y = ID / 3.0,
         error = CASE WHEN ${failed} THEN ${text} END`,
    );
    await bare.insert(
      `${study.table}_attempts`,
      ['experiment_id', 'number', 'attempt_id', 'runner_id', 'host', 'started_at', 'ended_at', 'outcome', 'superseded'],
      n,
      (at) => [
        at + 1,
        1,
        `${at}`.padStart(36, '0'),
        RUNNER,
        HOST,
        INSTANT,
        INSTANT,
        (at + 1) % 10 === 3 ? 'error' : 'done',
        0,
      ],
    );
    await bare.insert(`${study.table}__steps`, ['experiment_id', 'timestamp', 'step', 'loss'], 3 * n, (at) => [
      Math.floor(at / 3) + 1,
      DATE,
      at % 3,
      ((at * 7919) % 10007) / 10007,
    ]);
  });
};

export const bench = async ({ n: [n = 1_000_000] = [], runs, databases }: Options): Promise<void> => {
  const options = {
    n,
    keyfields: {
      dataset: { type: 'VARCHAR(255)', values: Array.from({ length: 10 }, (_, at) => `data set ${at}`) },
      kernel: { type: 'VARCHAR(255)', values: ['linear', 'rbf', 'poly', 'tree', 'net'] },
      gamma: { type: 'DOUBLE', values: { logspace: [0.001, 1, 4] } },
      a: range(n / 200),
    },
    logtables: { steps: { step: 'INT', loss: 'DOUBLE' } },
  };
  for (const database of databases) {
    await withStudy(database, options, async (study) => {
      await end(database, study, n);
      const bare = database.name === 'sqlite' ? SQLITE(study.file) : MYSQL(database.url);
      for (const [verb, words, sql] of VERBS) {
        const statements = sql.map((each) => each.replaceAll(/\bT(?=__|_attempts|\b)/g, study.table));
        const sides: (() => Promise<Used>)[] = [() => study.used(...words), () => study.script(bare, ...statements)];
        const [ours = [], theirs = []] = await alternate(runs, sides);
        const common = { bench: 'read', database, n };
        const seconds = ({ seconds: taken }: Used) => taken;
        report({
          ...common,
          what: verb,
          unit: 's',
          runs: ours.map(seconds),
          to: { what: 'its bare SQL', runs: theirs.map(seconds) },
        });
        const peak = ({ peakMegabytes }: Used) => peakMegabytes;
        report({ ...common, what: `${verb}, peak memory`, unit: 'MB', runs: ours.map(peak) });
      }
    });
  }
};
