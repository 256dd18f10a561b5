import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import { PrivateServer } from '../support/private-server.ts';
import { type Proxy, spawnProxy } from '../support/proxy-process.ts';
import type { Fault } from './faults.ts';
import type { FinalTables } from './history.ts';
import { SmallDisk } from './small-disk.ts';

export type DatabaseName = 'sqlite' | 'mariadb' | 'mysql';

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Where the studies of a campaign lie, and what can be broken there. */
export interface Place {
  /** The section `database` of each runner's configuration. */
  section(runner: number, table: string): object;
  /** The same, past everything that breaks connections. */
  readonly calmSection: (table: string) => object;
  readonly server?: PrivateServer;
  /** Holds the database and nothing else. */
  readonly disk?: SmallDisk | undefined;
  /** One before each runner; none if no connection is to be cut. */
  readonly proxies: readonly Proxy[];
  /** Read by other means than the product's. */
  tables(table: string): Promise<FinalTables>;
  /** How often the server has found a deadlock so far, and its words about the last one. */
  deadlocks(): Promise<{ readonly count: number; readonly last: string }>;
  forget(table: string): Promise<void>;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly database: DatabaseName;
  readonly runners: number;
  /** What is to be possible there. */
  readonly faults: readonly Fault[];
}

export const openPlace = async (options: PlaceOptions, directory: string): Promise<Place> =>
  options.database === 'sqlite' ? sqlitePlace(options, directory) : mysqlPlace(options.database, options);

const sqlitePlace = ({ faults }: PlaceOptions, directory: string): Place => {
  const disk = faults.includes('disk') ? SmallDisk.mount(join(directory, 'disk')) : undefined;
  const file = (table: string) => join(disk?.directory ?? directory, `${table}.sqlite`);
  const section = (table: string) => ({ provider: 'sqlite', file: file(table) });
  return {
    section: (_, table) => section(table),
    calmSection: section,
    disk,
    proxies: [],
    tables: async (table) => sqliteTables(file(table), table),
    deadlocks: async () => ({ count: 0, last: '' }),
    forget: async (table) => {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${file(table)}${ending}`, { force: true });
    },
    close: async () => {
      if (disk === undefined) return;
      cpSync(disk.directory, join(directory, 'from-disk'), { recursive: true }); // what was not forgotten
      await disk.close();
    },
  };
};

const mysqlPlace = async (database: 'mariadb' | 'mysql', { runners, faults }: PlaceOptions): Promise<Place> => {
  const server = await PrivateServer.start(
    database === 'mysql' ? 'mysql9' : 'mariadb',
    ['--innodb-flush-log-at-trx-commit=1'], // every commit reaches the disk, as the promise asks for
    { movableClock: faults.includes('clock') },
  );
  const { hostname: host, port, username: user, password, pathname } = new URL(server.url);
  const facts = { host, port: Number(port), user, password: decodeURIComponent(password) };
  const name = pathname.slice(1);
  const before = faults.includes('cut') ? runners : 0;
  const proxies = await Promise.all(Array.from({ length: before }, async () => spawnProxy(facts)));
  const section = (at: number) => ({ provider: 'mysql', ...facts, port: at, name });
  const query = queryOf({ ...facts, database: name });
  return {
    section: (runner) => section(proxies[runner]?.port ?? facts.port),
    calmSection: () => section(facts.port),
    server,
    proxies,
    tables: async (table) => mysqlTables({ ...facts, database: name }, table),
    deadlocks: async () => {
      const [found] =
        database === 'mariadb'
          ? await query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")
          : await query("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks_total'");
      const count = Number(found?.['Value'] ?? 0);
      const status = count > 0 ? await server.sql(String.raw`SHOW ENGINE INNODB STATUS\G`) : '';
      return { count, last: /LATEST DETECTED DEADLOCK[\s\S]*?(?=\n-+\nTRANSACTIONS)/.exec(status)?.[0] ?? '' };
    },
    forget: async (table) => {
      for (const suffix of SUFFIXES) await query(`DROP TABLE IF EXISTS ${table}${suffix}`);
    },
    close: async () => {
      await Promise.all(proxies.map(async (proxy) => proxy.stop()));
      await server.destroy();
    },
  };
};

/** The tables of a study, its file found whole. */
export const sqliteTables = async (file: string, table: string): Promise<FinalTables> => {
  const native = openNativeSqlite(file);
  try {
    const [check] = native.prepare('PRAGMA integrity_check').all();
    if (check?.['integrity_check'] !== 'ok') throw new Error(`the file is damaged: ${JSON.stringify(check)}`);
    return await readTables(async (sql) => native.prepare(sql).all(), table);
  } finally {
    native.close();
  }
};

/** What a study's tables are called after it, each before those that it refers to. */
const SUFFIXES = ['__steps', '_runners', '_leases', '_attempts', '_fills', '_grids', ''];

export const clearSqlite = (file: string, table: string): void => {
  const native = openNativeSqlite(file);
  for (const suffix of SUFFIXES) native.prepare(`DELETE FROM "${table}${suffix}"`).run();
  native.close();
};

export const clearMysql = async (server: Facts, table: string): Promise<void> => {
  for (const suffix of SUFFIXES) await queryOf(server)(`DELETE FROM \`${table}${suffix}\``);
};

export const mysqlTables = async (server: Facts, table: string): Promise<FinalTables> =>
  readTables(queryOf(server), table);

type Facts = Pick<ConnectionOptions, 'host' | 'port' | 'user' | 'password' | 'database'>;

const queryOf =
  (server: Facts): Query =>
  async (sql) => {
    const connection = await createConnection({ ...server, dateStrings: true });
    try {
      const [found] = await connection.query<RowDataPacket[]>(sql);
      return found;
    } finally {
      connection.destroy();
    }
  };

const milliseconds = (date: unknown): number => Date.parse(`${String(date).replace(' ', 'T')}Z`);
const text = (value: unknown): string | null => (value === null ? null : String(value));
const number = (value: unknown): number | null => (value === null ? null : Number(value));

const readTables = async (query: Query, table: string): Promise<FinalTables> => {
  const experiments = await query(`SELECT ID, seed, status, attempt, token, half, error FROM ${table}`);
  const attempts = await query(
    `SELECT experiment_id, number, runner_id, outcome, ended_at, superseded FROM ${table}_attempts`,
  );
  const leases = await query(`SELECT experiment_id, number, runner_id FROM ${table}_leases`);
  const runners = await query(`SELECT id, pid, state, expires_at FROM ${table}_runners`);
  const steps = await query(`SELECT experiment_id, step, token FROM ${table}__steps ORDER BY ID`);
  return {
    experiments: experiments.map((row) => ({
      id: Number(row['ID']),
      seed: Number(row['seed']),
      status: String(row['status']),
      attempt: number(row['attempt']),
      token: text(row['token']),
      half: text(row['half']),
      error: text(row['error']),
    })),
    attempts: attempts.map((row) => ({
      id: Number(row['experiment_id']),
      number: Number(row['number']),
      runnerId: String(row['runner_id']),
      outcome: String(row['outcome']),
      endedAt: milliseconds(row['ended_at']),
      superseded: Number(row['superseded']) === 1,
    })),
    leases: leases.map((row) => ({
      id: Number(row['experiment_id']),
      number: Number(row['number']),
      runnerId: String(row['runner_id']),
    })),
    runners: runners.map((row) => ({
      id: String(row['id']),
      pid: Number(row['pid']),
      state: String(row['state']),
      expiresAt: milliseconds(row['expires_at']),
    })),
    steps: steps.map((row) => ({
      id: Number(row['experiment_id']),
      step: Number(row['step']),
      token: String(row['token']),
    })),
  };
};
