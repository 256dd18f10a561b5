import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { PrivateServer } from '../support/private-server.ts';
import { type Facts, queryOf } from './final-tables.ts';
import type { Others } from './others.ts';
import type { Random } from './random.ts';

const PATIENCE_MILLISECONDS = 120_000;
/** The table is in use, or the server is away. */
const PASSING =
  /ER_LOCK|PROTOCOL_|ECONN|EPIPE|ER_SERVER_SHUTDOWN|ER_QUERY_INTERRUPTED|ERROR (1205|2002|2003|2006|2013)/;
/** A table made again has no comment. */
const MARK = 'torture';
const RENAME = 'RENAME TABLE';
/** Everything but INSERT. */
const REST =
  'SELECT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, CREATE TEMPORARY TABLES, LOCK TABLES';

export class MysqlOthers implements Others {
  readonly #server: PrivateServer;
  readonly #facts: Facts;
  readonly #query: ReturnType<typeof queryOf>;
  readonly #marked = new Set<string>();
  readonly #madeAgain = new Set<string>();

  constructor(server: PrivateServer, facts: Facts) {
    this.#server = server;
    this.#facts = facts;
    this.#query = queryOf(facts);
  }

  /** A user for each runner, whose rights can be taken without the others'. */
  async makeUsers(count: number): Promise<readonly string[]> {
    const users = Array.from({ length: count }, (_, index) => userOf(index));
    const { password, database } = this.#facts;
    await this.#server.sql(
      users
        .map(
          (user) => `CREATE USER ${user}@'%' IDENTIFIED BY '${password}'; GRANT ALL ON ${database}.* TO ${user}@'%';`,
        )
        .join('\n'),
    );
    return users;
  }

  async maintain(table: string, random: Random): Promise<string> {
    const names = await this.#tables(table);
    if (!names.has(table)) return 'nothing, there is no table yet';
    for (const [name, comment] of names) {
      if (comment === MARK || this.#marked.has(name)) continue;
      await this.#define(`ALTER TABLE ${name} COMMENT = '${MARK}'`);
      this.#marked.add(name);
    }
    const name = random.pick([table, random.pick([...names.keys()])]); // half of them the main table
    const column = await this.#firstColumn(name);
    const [attempts] = await this.#query(`SELECT 1 FROM ${table}_attempts LIMIT 1`);
    const statements = random.pick<readonly string[]>([
      [`ALTER TABLE ${name} COMMENT = '${MARK}'`],
      rebuilds(`ALTER TABLE ${name} FORCE, ALGORITHM = COPY, LOCK = SHARED`),
      rebuilds(`ALTER TABLE ${name} FORCE, ALGORITHM = INPLACE`),
      rebuilds(`OPTIMIZE TABLE ${name}`),
      [`ANALYZE TABLE ${name}`],
      [`ALTER TABLE ${name} ADD INDEX other (${column})`, `ALTER TABLE ${name} DROP INDEX other`],
      // before anything was executed there is nothing that could tell that a study is there
      attempts ? [RENAME] : [`ALTER TABLE ${name} FORCE, ALGORITHM = COPY, LOCK = EXCLUSIVE`],
    ]);
    if (statements[0] === RENAME) return this.#rename(name, random.between(0, 60));
    await this.#define(...statements);
    return [...new Set(statements)].join('; ');
  }

  async lock(table: string): Promise<() => Promise<void>> {
    const connection = await createConnection(this.#facts);
    await connection.query(`LOCK TABLES ${table} WRITE, ${table}_runners WRITE`);
    return async () => connection.destroy();
  }

  async forbid(table: string, runner: { readonly index: number }, random: Random): ReturnType<Others['forbid']> {
    const { database } = this.#facts;
    const user = `${userOf(runner.index)}@'%'`;
    const refused = random.pick([`${table}_leases`, `${table}_attempts`, undefined]);
    const names = [...(await this.#tables(table)).keys()].filter((name) => name !== refused);
    const insert = names.map((name) => `GRANT INSERT ON ${database}.${name} TO ${user};`).join('\n');
    await this.#patiently(async () =>
      this.#server.sql(
        `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user};\n${refused ? `GRANT ${REST} ON ${database}.* TO ${user};\n${insert}` : ''}`,
      ),
    );
    // what a database allows is looked up when a connection is made
    const found = await this.#patiently(async () =>
      this.#server.sql(`SELECT ID FROM INFORMATION_SCHEMA.PROCESSLIST WHERE USER = '${userOf(runner.index)}'`),
    );
    for (const id of found.split('\n').filter((line) => /^\d+$/.test(line)))
      await this.#server.sql(`KILL ${id}`).catch(() => {}); // it may have ended meanwhile
    const undo = async (): Promise<void> => {
      await this.#patiently(async () => this.#server.sql(`GRANT ALL ON ${database}.* TO ${user}`));
    };
    return {
      text: refused ? `its user may not insert into ${refused}` : 'its user has no rights any more',
      claimsOnly: refused === `${table}_leases`,
      undo,
    };
  }

  async gone(table: string): Promise<readonly string[]> {
    const names = await this.#tables(table);
    const lost = [...this.#marked].filter((name) => isOf(name, table) && names.get(name) !== MARK);
    return [...new Set([...lost, ...[...this.#madeAgain].filter((name) => isOf(name, table))])];
  }

  /** There and back. A table that has taken its place meanwhile is put aside. */
  async #rename(name: string, milliseconds: number): Promise<string> {
    await this.#define(`${RENAME} ${name} TO away_${name}`);
    await sleep(milliseconds);
    await this.#patiently(async () => {
      const there = await this.#query(
        `SELECT TABLE_NAME AS name FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('${name}', 'away_${name}')`,
      );
      const found = new Set(there.map((row) => row['name']));
      if (!found.has(`away_${name}`)) {
        // the answer of an earlier try was lost; an empty answer proves nothing
        await this.#query(`SELECT 1 FROM ${name} LIMIT 1`);
        return;
      }
      if (found.has(name)) this.#madeAgain.add(name);
      await this.#query(`${RENAME} ${found.has(name) ? `${name} TO twin_${name}, ` : ''}away_${name} TO ${name}`);
    });
    return `${RENAME} ${name}, and back`;
  }

  async #tables(table: string): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#patiently(async () =>
      this.#query(
        `SELECT TABLE_NAME AS name, TABLE_COMMENT AS comment FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'`,
      ),
    );
    return new Map(
      rows.map((row) => [String(row['name']), String(row['comment'])] as const).filter(([name]) => isOf(name, table)),
    );
  }

  async #firstColumn(name: string): Promise<string> {
    const [row] = await this.#query(`SHOW COLUMNS FROM ${name}`);
    return `\`${String(row?.['Field'])}\``;
  }

  /** One after the other. They do not wait for long: what waits for a table lets nobody else have it. */
  async #define(...statements: readonly string[]): Promise<void> {
    let next = 0;
    await this.#patiently(async () => {
      const connection = await createConnection(this.#facts);
      try {
        await connection.query('SET SESSION lock_wait_timeout = 1');
        for (; next < statements.length; next += 1) await connection.query(statements[next] ?? '');
      } finally {
        connection.destroy();
      }
    });
  }

  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const { code = '', message } = error as Error & { readonly code?: string };
        if (!PASSING.test(`${code} ${message}`) || performance.now() > until) throw error;
      }
      await sleep(20);
    }
  }
}

/** Again and again: the tables of a round are small, those of a year take as long at once. */
const rebuilds = (statement: string): readonly string[] => Array.from({ length: 20 }, () => statement);
const userOf = (index: number): string => `runner_${index}`;
const isOf = (name: string, table: string): boolean => name === table || name.startsWith(`${table}_`);
