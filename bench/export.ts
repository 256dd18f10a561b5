/*
 * A million finished experiments to a file in each format, through the real command line: seconds, rows a second, peak
 * memory of the process, and the ratio to a process that reads the same rows bare and does nothing with them. One JSON
 * line a format, printed only when the file has every row.
 *
 *   npm run build && node bench/export.ts [--n 1000000] [--formats csv,jsonl,parquet,sqlite,csv-ordered]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Experimenter } from 'ts-experimenter';

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '1000000' },
    formats: { type: 'string', default: 'csv,jsonl,parquet,sqlite,csv-ordered' },
  },
});
const n = Number(values.n);
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const library = createRequire(import.meta.url).resolve('better-sqlite3');
const config = join(directory, 'bench.json');
const database = join(directory, 'bench.sqlite');

writeFileSync(
  config,
  JSON.stringify({
    database: { provider: 'sqlite', file: database, synchronous: 'normal' },
    table: {
      name: 'bench',
      keyfields: {
        dataset: { type: 'VARCHAR(255)', values: Array.from({ length: 10 }, (_, index) => `dataset-${index}`) },
        seed: { type: 'INT', values: { start: 0, stop: n / 10, step: 1 } },
      },
      resultfields: { accuracy: 'DOUBLE', parameters: 'BIGINT', converged: 'BOOLEAN', note: 'TEXT' },
    },
  }),
);

interface Measured {
  readonly seconds: number;
  readonly peakMegabytes: number;
}

/** Runs a process to its end; it says its own peak memory when it exits. */
const measured = (...args: readonly string[]): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const say = 'process.on("exit",()=>process.stderr.write(`\npeak ${process.resourceUsage().maxRSS}`))';
    const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(say)}`, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', reject);
    child.on('exit', (code) => {
      const peak = /peak (\d+)/.exec(said)?.[1];
      if (code !== 0 || peak === undefined) reject(new Error(`ended with ${code}: ${said}`));
      else resolve({ seconds: (performance.now() - begun) / 1000, peakMegabytes: Math.round(Number(peak) / 1024) });
    });
  });

const finish = `UPDATE bench SET status = 'done', start_date = '2026-01-01 00:00:00', end_date = '2026-01-01 00:00:01',
  name = 'bench', machine = 'bench', accuracy = ID / 7.0, parameters = 9007199254740993 + ID, converged = ID % 2,
  note = 'converged after ' || ID || ' steps'`;
const script = (body: string): string =>
  `const db = new (require(${JSON.stringify(library)}))(${JSON.stringify(database)}); ${body}; db.close();`;
const bare =
  script(`let rows = 0; for (const row of db.prepare('SELECT * FROM bench').raw(true).iterate()) rows += row.length > 0 ? 1 : 0;
  if (rows !== ${n}) throw new Error(rows)`);

const round = (value: number): number => Math.round(value * 100) / 100;

try {
  const experimenter = await Experimenter.open({ config });
  await experimenter.fillFromConfig();
  await experimenter.close();
  await measured('-e', script(`db.exec(${JSON.stringify(finish)})`));
  const reading = await measured('-e', bare);
  for (const format of values.formats.split(',')) {
    const [kind = '', ordered] = format.split('-');
    const output = join(directory, `${format}.${kind}`);
    const order = ordered === undefined ? [] : ['--order-by', 'accuracy:desc'];
    const { seconds, peakMegabytes } = await measured(main, 'export', '--config', config, '--output', output, ...order);
    console.log(
      JSON.stringify({
        bench: 'export',
        database: 'sqlite',
        format,
        n,
        seconds: round(seconds),
        rowsPerSecond: Math.round(n / seconds),
        peakMegabytes,
        fileMegabytes: Math.round(statSync(output).size / 1e6),
        bareReadSeconds: round(reading.seconds),
        ratioToBareRead: round(seconds / reading.seconds),
      }),
    );
    rmSync(output);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
