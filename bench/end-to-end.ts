/*
 * No-op experiments that write two resultfields, from `created` to durably `done`, through the real command line as
 * processes. One JSON line, printed only when every experiment is done.
 *
 *   npm run build && node bench/end-to-end.ts [--n 20000] [--workers 2] [--runners 1] [--mysql mysql://user:password@host/database]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Experimenter } from 'ts-experimenter';

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '2' },
    runners: { type: 'string', default: '1' },
    mysql: { type: 'string' },
  },
});
const [n, workers, runners] = [Number(values.n), Number(values.workers), Number(values.runners)];
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const database = () => {
  if (!values.mysql) return { provider: 'sqlite', file: 'bench.sqlite' };
  const url = new URL(values.mysql);
  return {
    provider: 'mysql',
    host: url.hostname,
    port: Number(url.port || 3306),
    name: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
};

const config = join(directory, 'bench.json');
writeFileSync(
  config,
  JSON.stringify({
    experiment: { module: './noop.mjs' },
    database: database(),
    table: {
      name: `bench_${process.pid}`,
      keyfields: { a: { type: 'INT', values: { start: 0, stop: n, step: 1 } } },
      resultfields: { x: 'DOUBLE', y: 'DOUBLE' },
    },
    runner: { workers },
  }),
);
writeFileSync(join(directory, 'noop.mjs'), 'export default ({ keyfields: { a } }) => ({ x: a / 3, y: a * 2 });\n');

/** Runs the command line to its end; returns the events' last line. */
const runner = (): Promise<Record<string, number>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, 'run', '--config', config, '--json', '--quiet'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-2_000)));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(tail.trim().split('\n').at(-1) ?? '{}') as Record<string, number>);
      else reject(new Error(`a runner ended with ${code}: ${tail}`));
    });
  });

const experimenter = await Experimenter.open({ config });
try {
  const filled = performance.now();
  await experimenter.fillFromConfig();
  const begun = performance.now();
  const summaries = await Promise.all(Array.from({ length: runners }, runner));
  const seconds = (performance.now() - begun) / 1000;
  const { counts } = await experimenter.status();
  if (counts.done !== n) throw new Error(`${counts.done} of ${n} are done`);
  console.log(
    JSON.stringify({
      bench: 'end-to-end',
      database: values.mysql ? 'mysql' : 'sqlite',
      n,
      workers,
      runners,
      fillSeconds: round((begun - filled) / 1000),
      seconds: round(seconds),
      perSecond: Math.round(n / seconds),
      perSecondWithoutStart: Math.round(n / Math.max(...summaries.map(({ seconds: own = seconds }) => own))),
    }),
  );
  await experimenter.delete();
} finally {
  await experimenter.close();
  rmSync(directory, { recursive: true, force: true });
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
