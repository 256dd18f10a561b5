/*
 * The evaluation table of a large study: rows × columns, mean ± deviation and median over seeds, a paired t-test. The
 * study lies in SQLite; each measurement is a process of its own, so that its peak memory is its own. `ratio`: against
 * the bare GROUP BY of the same rows in the same run, which computes a mean and nothing else. One JSON line.
 *
 *   npm run build && node bench/table.ts [--n 1000000]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Experimenter } from 'ts-experimenter';

const { values } = parseArgs({
  options: { n: { type: 'string', default: '1000000' }, file: { type: 'string' }, measure: { type: 'string' } },
});
const n = Number(values.n);
const directory = values.file === undefined ? mkdtempSync(join(tmpdir(), 'bench-')) : undefined;
const file = values.file ?? join(directory ?? '', 'bench.sqlite');
const config = {
  database: { provider: 'sqlite', file },
  table: {
    name: 'bench',
    keyfields: {
      dataset: { type: 'VARCHAR(255)', values: Array.from({ length: 10 }, (_, at) => `data set ${at}`) },
      kernel: { type: 'VARCHAR(255)', values: ['linear', 'rbf', 'poly', 'tree', 'net'] },
      gamma: { type: 'DOUBLE', values: { logspace: [0.001, 1, 4] } },
      seed: { type: 'INT', values: { start: 0, stop: n / 200, step: 1 } },
    },
    resultfields: { accuracy: 'DOUBLE', loss: 'DOUBLE', confusion: 'JSON' },
  },
  log: { level: 'warn' },
};

interface Native {
  prepare(sql: string): { all(): unknown[]; run(): unknown };
  close(): void;
}
const native = (): Native =>
  new (createRequire(import.meta.url)('better-sqlite3') as new (path: string) => Native)(file);

const peakMegabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** The work of a process of its own; prints what it took. */
const measures: Readonly<Record<string, () => Promise<object>>> = {
  groupBy: async () => {
    const database = native();
    const begun = performance.now();
    const groups = database
      .prepare("SELECT dataset, kernel, AVG(accuracy) FROM bench WHERE status = 'done' GROUP BY dataset, kernel")
      .all();
    const seconds = (performance.now() - begun) / 1000;
    database.close();
    return { seconds, groups: groups.length };
  },
  table: async () => {
    const experimenter = await Experimenter.open({ config });
    const begun = performance.now();
    const table = await experimenter.evaluationTable({
      rows: ['dataset'],
      columns: ['kernel'],
      values: ['accuracy'],
      over: ['gamma', 'seed'],
      statistics: ['mean', 'std', 'median'],
      best: 'max',
      test: 't',
    });
    await experimenter.renderTable(table, 'latex');
    const seconds = (performance.now() - begun) / 1000;
    await experimenter.close();
    if (table.n !== n / 50 || table.incomplete !== 0)
      throw new Error(`${table.n} values a cell, ${table.incomplete} incomplete`);
    return { seconds, peakMegabytes: peakMegabytes() };
  },
};

const measured = (measure: string): Record<string, number> => {
  const args = [fileURLToPath(import.meta.url), '--n', String(n), '--file', file, '--measure', measure];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Record<string, number>;
};

const round = (value: number): number => Math.round(value * 100) / 100;

if (values.measure === undefined) {
  try {
    const experimenter = await Experimenter.open({ config });
    await experimenter.fillFromConfig();
    await experimenter.close();
    const database = native();
    database
      .prepare(
        "UPDATE bench SET status = 'done', accuracy = (ID * 7919 % 10007) / 10007.0, loss = ID / 3.0, confusion = '[[10,0],[1,9]]'",
      )
      .run();
    database.close();
    const [groupBy, table] = [measured('groupBy'), measured('table')];
    console.log(
      JSON.stringify({
        bench: 'table',
        database: 'sqlite',
        n,
        seconds: round(table['seconds'] ?? 0),
        peakMegabytes: table['peakMegabytes'],
        groupBySeconds: round(groupBy['seconds'] ?? 0),
        ratio: round((table['seconds'] ?? 0) / (groupBy['seconds'] ?? 1)),
      }),
    );
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }
} else {
  const work = measures[values.measure];
  if (!work) throw new Error(`no measure ${values.measure}`);
  console.log(JSON.stringify(await work()));
}
