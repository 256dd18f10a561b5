import { cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PrivateServer } from '../support/private-server.ts';
import { type Proxy, spawnProxy } from '../support/proxy-process.ts';
import type { Fault } from './faults.ts';
import { mysqlTables, queryOf, sqliteTables, SUFFIXES } from './final-tables.ts';
import type { FinalTables } from './history.ts';
import { MysqlOthers } from './mysql-others.ts';
import type { Others } from './others.ts';
import { MovableFile } from './movable-file.ts';
import { SqliteOthers } from './sqlite-others.ts';
import { SmallDisk } from './small-disk.ts';

export type DatabaseName = 'sqlite' | 'mariadb' | 'mysql';

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
  readonly others: Others;
  /** The study's SQLite file, to be taken away. */
  movable?(table: string): MovableFile;
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
  const others = new SqliteOthers(file);
  return {
    section: (_, table) => section(table),
    calmSection: section,
    disk,
    proxies: [],
    others,
    movable: (table) => new MovableFile(file(table)),
    tables: async (table) => ({ ...(await sqliteTables(file(table), table)), gone: await others.gone(table) }),
    deadlocks: async () => ({ count: 0, last: '' }),
    forget: async (table) => {
      const at = dirname(file(table));
      for (const name of readdirSync(at)) if (name.startsWith(`${table}.sqlite`)) rmSync(join(at, name));
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
  const others = new MysqlOthers(server, { ...facts, database: name });
  const users = faults.includes('fatal') ? await others.makeUsers(runners) : [];
  return {
    section: (runner) => ({
      ...section(proxies[runner]?.port ?? facts.port),
      ...(users[runner] && { user: users[runner] }),
    }),
    calmSection: () => section(facts.port),
    server,
    proxies,
    others,
    tables: async (table) => ({
      ...(await mysqlTables({ ...facts, database: name }, table)),
      gone: await others.gone(table),
    }),
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
      for (const suffix of ['__late', ...SUFFIXES]) await query(`DROP TABLE IF EXISTS ${table}${suffix}`);
    },
    close: async () => {
      await Promise.all(proxies.map(async (proxy) => proxy.stop()));
      await server.destroy();
    },
  };
};
