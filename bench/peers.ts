import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endToEnd } from './end-to-end.ts';
import { alternate, type Options, report, skip } from './measure.ts';

/*
 * The product's end-to-end rate, by the runner's own clock, beside job queues that complete as many no-op jobs: from
 * when their worker starts to when the last job is completed. README.md says what each side does for it.
 */

const DIRECTORY = join(import.meta.dirname, 'peers');

interface Peer {
  readonly what: string;
  readonly rate: (n: number) => Promise<number>;
}

const run = promisify(execFile);

/** Jobs per second, as the script says. */
const script = async (file: string, options: object): Promise<number> => {
  const { stdout } = await run(process.execPath, [join(DIRECTORY, file), JSON.stringify(options)]);
  return Number(stdout);
};

const answers = async (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** BullMQ on a Redis of its own, so that nobody's settings are touched. */
const bullmq = async (n: number, keep: boolean, settings: readonly string[]): Promise<number> => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const port = await freePort();
  const redis = spawn('redis-server', ['--port', `${port}`, '--dir', directory, '--save', '', ...settings], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => redis.once('exit', () => resolve()));
  try {
    for (const deadline = performance.now() + 10_000; !(await answers('127.0.0.1', port));) {
      if (redis.exitCode !== null || performance.now() > deadline) throw new Error('redis-server did not start');
    }
    return await script('bullmq.mjs', { n, port, keep });
  } finally {
    redis.kill();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
};

const aof = (appendfsync: string) => ['--appendonly', 'yes', '--appendfsync', appendfsync];

/** Those that can be measured here; of the others it is said why not. */
const present = async (postgres: URL): Promise<readonly Peer[]> => {
  const peers: Peer[] = [];
  if (!existsSync(join(DIRECTORY, 'node_modules'))) {
    skip('peers', 'all', 'their packages are not installed: npm ci --prefix bench/peers --ignore-scripts');
    return peers;
  }
  const redis = await run('redis-server', ['--version']).catch(() => undefined);
  if (redis === undefined) skip('peers', 'BullMQ', 'there is no redis-server: apt-get install redis-server');
  else {
    peers.push(
      { what: 'BullMQ, best: nothing durable, results dropped', rate: (n) => bullmq(n, false, ['--appendonly', 'no']) },
      { what: 'BullMQ, durable each second, results kept', rate: (n) => bullmq(n, true, aof('everysec')) },
      { what: 'BullMQ, durable at each command, results kept', rate: (n) => bullmq(n, true, aof('always')) },
    );
  }
  if (await answers(postgres.hostname, Number(postgres.port || 5432))) {
    const rate = (n: number) => script('graphile-worker.mjs', { n, url: postgres.href });
    peers.push({ what: 'graphile-worker, best: durable, jobs deleted', rate });
  } else skip('peers', 'graphile-worker', `no PostgreSQL answers at ${postgres.host} (--postgres URL)`);
  return peers;
};

export const bench = async (options: Options): Promise<void> => {
  const {
    n: sizes = [50_000],
    runs,
    workers: [workers = 2],
    databases,
    postgres,
  } = options;
  const peers = await present(postgres);
  if (peers.length === 0) return;
  for (const n of sizes) {
    const rates = await alternate(runs, [
      ...databases.map((database) => async () => (await endToEnd(database, n, workers)).perSecond),
      ...peers.map(
        ({ rate }) =>
          () =>
            rate(n),
      ),
    ]);
    for (const [index, database] of databases.entries()) {
      for (const [at, { what }] of peers.entries()) {
        report({
          bench: 'peers',
          what: 'end-to-end, without process start',
          database,
          n,
          workers,
          runners: 1,
          unit: 'experiments/s',
          runs: rates[index] ?? [],
          to: { what, runs: rates[databases.length + at] ?? [] },
        });
      }
    }
  }
};
