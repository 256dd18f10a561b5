import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '../test/support/private-server.ts';
import type { Database, Options } from './measure.ts';

/* `npm run bench`: one JSON line for each measurement. bench/README.md says what each measures, and against what. */

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: (options: Options) => Promise<void> }>>> = {
  ceiling: () => import('./ceiling.ts'),
  'end-to-end': () => import('./end-to-end.ts'),
  fill: () => import('./fill.ts'),
  claim: () => import('./claim.ts'),
  logs: () => import('./logs.ts'),
  startup: () => import('./startup.ts'),
  memory: () => import('./memory.ts'),
  overhead: () => import('./overhead.ts'),
  read: () => import('./read.ts'),
  growth: () => import('./growth.ts'),
  peers: () => import('./peers.ts'),
};
/** Without names: what takes a few minutes. */
const DEFAULT = ['ceiling', 'end-to-end', 'fill', 'logs', 'startup', 'memory'];

/** Where a server of the machine itself would be. */
const LOCAL = 'mysql://root@127.0.0.1:3306/test';

const HELP = `npm run bench -- [NAME …] [options]

NAME               ${Object.keys(BENCHES).join(', ')}; all
                   (default: ${DEFAULT.join(', ')})
--n N[,N …]        experiments, rows or tasks (default: each benchmark's own)
--runs N           runs of everything, in turns; medians are printed (default 3)
--workers 1,2,4    worker threads of a runner (default 2)
--runners 1,4      runners at the same time (default 1,4)
--database NAME    sqlite or mysql (default: both)
--mysql URL        mysql://user:password@host:port/database (default: TS_EXPERIMENTER_TEST_MYSQL_URL, else
                   ${LOCAL} if it answers, else a private MariaDB)
--postgres URL     for peers (default postgres://USER@127.0.0.1:5432/test)
--seconds N        how long the idle experiments of overhead sleep (default 60)
--largest          ten million rows, too (claim)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: 'string' },
    runs: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    runners: { type: 'string', default: '1,4' },
    database: { type: 'string' },
    mysql: { type: 'string' },
    postgres: { type: 'string', default: `postgres://${userInfo().username}@127.0.0.1:5432/test` },
    seconds: { type: 'string', default: '60' },
    largest: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

let server: PrivateServer | undefined;
try {
  if (values.help) process.stdout.write(HELP);
  else await measure(positionals.length > 0 ? positionals : DEFAULT);
} finally {
  await server?.destroy();
}

async function measure(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => name !== 'all' && !(name in BENCHES));
  if (unknown !== undefined) throw new Error(`no benchmark ${unknown}; there are ${Object.keys(BENCHES).join(', ')}`);
  const wanted = values.database ?? 'both';
  if (!['sqlite', 'mysql', 'both'].includes(wanted)) throw new Error(`no database ${wanted}: sqlite or mysql`);
  const databases: Database[] = [];
  if (wanted !== 'mysql') databases.push({ name: 'sqlite', durability: 'WAL, synchronous FULL' });
  if (wanted !== 'sqlite') databases.push(await mysql());
  const options: Options = {
    n: values.n?.split(',').map(Number),
    runs: Number(values.runs),
    workers: values.workers.split(',').map(Number),
    runners: values.runners.split(',').map(Number),
    databases,
    postgres: new URL(values.postgres),
    seconds: Number(values.seconds),
    largest: values.largest,
  };
  for (const name of names.includes('all') ? Object.keys(BENCHES) : names)
    await (await BENCHES[name]?.())?.bench(options);
}

/** The server that is named, or the machine's own, or one of our own. */
async function mysql(): Promise<Database> {
  const named = values.mysql ?? process.env['TS_EXPERIMENTER_TEST_MYSQL_URL'];
  const url = new URL(named ?? LOCAL);
  const durability = await durabilityOf(url).catch((error: unknown) => {
    if (named !== undefined) throw error;
  });
  if (durability !== undefined) return { name: 'mysql', url, durability };
  server = await PrivateServer.start('mariadb', ['--innodb-flush-log-at-trx-commit=1']);
  const own = new URL(server.url);
  return { name: 'mysql', url: own, durability: await durabilityOf(own) };
}

async function durabilityOf(url: URL): Promise<string> {
  const connection = await createConnection({ uri: url.href, rowsAsArray: true });
  try {
    const [rows] = await connection.query('SELECT VERSION(), @@innodb_flush_log_at_trx_commit');
    const [version, flush] = (rows as [string, number][])[0] ?? [];
    return `${version}, innodb_flush_log_at_trx_commit ${flush}`;
  } finally {
    connection.destroy();
  }
}
