import { setImmediate as idle } from 'node:timers/promises';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import { companionTableName, logtableName } from '../../../src/domain/study/table-names.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import type { Database } from '../../../src/infrastructure/database/connection/sql.ts';
import { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import type { NativeSqlite } from '../../../src/infrastructure/database/sqlite/sqlite-sql.ts';
import { SqliteDatabase } from '../../../src/infrastructure/database/sqlite/sqlite-database.ts';
import { createDatabase, type MysqlServer, temporaryDirectory, uniqueName } from '../databases.ts';
import { ManualClock } from '../manual-clock.ts';
import { type MemoryDatabase, MemoryRepository } from '../memory-repository.ts';
import { MemoryTables } from '../memory-tables.ts';
import { openNativeSqlite } from '../native-sqlite.ts';
import { studyOfTokens } from './calls.ts';
import { Faults, faultyDatabase } from './faults.ts';

/** What the steps of a model test act on: a study of its own, and ways to it behind the repository's back. */
export interface System {
  /** Two of them, under test. */
  readonly connections: readonly [ExperimentRepository, ExperimentRepository];
  /** Never a mutant: what it sees is there. */
  readonly observer: ExperimentRepository;
  /** For the first connection; undefined where no statement can fail. */
  readonly faults?: Faults;
  /** Claims take the lowest ids, also of those opened again. */
  readonly exactOrder: boolean;
  /** Whether somebody may write a status by hand, or delete rows. */
  readonly hands: boolean;
  /** An empty study, however this one was left. */
  renew(): Promise<void>;
  elapse(seconds: number): Promise<void>;
  expire(runnerId: string): Promise<void>;
  forget(runnerId: string): Promise<void>;
  overwrite(id: number, columns: Record<string, string>): Promise<void>;
  vanish(id: number): Promise<void>;
  /** What no repository shows: throws if the tables contradict themselves. */
  inspect?(): void;
  close(): Promise<void>;
}

/** Our names for columns of the main table, and the database's. */
const columnNames: Readonly<Record<string, string>> = { status: 'status', start: 'start_date', end: 'end_date', name: 'name', machine: 'machine' }; // prettier-ignore

// --- in memory

export interface MemoryKit {
  readonly study: StudyDefinition;
  readonly clock: ManualClock;
  readonly database: MemoryDatabase;
}

export interface MemoryMutation {
  readonly tables?: (kit: MemoryKit) => MemoryTables;
  readonly repository?: (kit: MemoryKit) => ExperimentRepository;
}

export const memorySystem = async (mutation: MemoryMutation = {}): Promise<System> => {
  const kit = { study: studyOfTokens('model'), clock: new ManualClock(), database: {} as MemoryDatabase };
  const { study, clock, database } = kit;
  const open = () => mutation.repository?.(kit) ?? new MemoryRepository(study, clock, database);
  const observer = new MemoryRepository(study, clock, database);
  return {
    connections: [open(), open()],
    observer,
    exactOrder: true,
    hands: false,
    renew: async () => {
      database.tables = mutation.tables?.(kit) ?? new MemoryTables(study, clock);
    },
    elapse: async (seconds) => clock.advance(seconds * 1_000),
    expire: async (runnerId) => {
      const runner = database.tables?.runners.get(runnerId);
      if (runner) runner.expiresAt = clock.date().getTime() - 1_000;
    },
    forget: async (runnerId) => void database.tables?.runners.delete(runnerId),
    overwrite: async (id, { status, start, end, name, machine }) => {
      const given = { status, startDate: start, endDate: end, name, machine };
      const row = database.tables?.experiments.get(id);
      if (row) Object.assign(row, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
    },
    vanish: async () => {},
    close: async () => {},
  };
};

// --- SQLite

export interface SqliteMutation {
  /** Over the product's database, under the product's repository. */
  readonly database?: (database: Database, method: () => string) => Database;
  /** Over the product's repository. */
  /** The observer is for looking things up: it is never broken. */
  readonly repository?: (repository: ExperimentRepository, observer: ExperimentRepository) => ExperimentRepository;
  readonly native?: (native: NativeSqlite) => NativeSqlite;
  /** Only what the repository shows counts, not the tables themselves. */
  readonly blind?: boolean;
}

export const sqliteSystem = async ({ database, repository, native, blind }: SqliteMutation = {}): Promise<System> => {
  const study = studyOfTokens('model');
  const file = path.join(temporaryDirectory(), 'model.sqlite');
  const observer = await openSqliteRepository(study, { file, synchronous: 'normal' });
  await observer.prepare();
  const faults = new Faults();
  const closing: (() => void)[] = [];
  const open = (faulty: boolean): ExperimentRepository => {
    const handle = openNativeSqlite(file);
    // whoever is waited for lives in this very process, and cannot go on meanwhile
    for (const pragma of ['busy_timeout = 0', 'synchronous = OFF', 'foreign_keys = ON']) handle.pragma(pragma);
    closing.push(() => handle.close());
    const product = handle as unknown as NativeSqlite;
    let base: Database = new SqliteDatabase(
      async () => native?.(product) ?? product,
      file,
      async () => {},
    );
    let current = '';
    if (database) base = database(base, () => current);
    const made = new SqlRepository(study, faulty ? faultyDatabase(base, faults) : base);
    const named = new Proxy(made, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...given: readonly unknown[]): unknown => {
          current = String(name);
          return Reflect.apply(member, target, given);
        };
      },
    });
    return repository?.(named, observer) ?? named;
  };
  const behind = openNativeSqlite(file);
  behind.pragma('foreign_keys = ON');
  behind.pragma('synchronous = OFF');
  closing.push(() => behind.close());
  const run = (sql: string, ...parameters: unknown[]) => void behind.prepare(sql).run(...parameters);
  // whoever writes by hand here does it without asking; the guard would be in their way
  for (const { name } of behind.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
    run(`DROP TRIGGER "${String(name)}"`);
  const [runners, leases, attempts] = ['runners', 'leases', 'attempts'].map((what) => `"${companionTableName(study, what as 'runners')}"`); // prettier-ignore
  const main = `"${study.table}"`;
  const shifted = (seconds: string) => `strftime('%Y-%m-%d %H:%M:%f', ${seconds})`;
  return {
    connections: [open(true), open(false)],
    observer,
    faults,
    exactOrder: true,
    hands: true,
    renew: async () => {
      for (const table of [`"${logtableName(study, 'notes')}"`, main, runners, leases, attempts, 'sqlite_sequence'])
        run(`DELETE FROM ${table}`);
    },
    elapse: async (seconds) =>
      run(`UPDATE ${runners} SET expires_at = ${shifted("expires_at, ? || ' seconds'")}`, -seconds),
    expire: async (runnerId) =>
      run(`UPDATE ${runners} SET expires_at = ${shifted("'now', '-1 seconds'")} WHERE id = ?`, runnerId),
    forget: async (runnerId) => run(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
    overwrite: async (id, columns) =>
      run(
        `UPDATE ${main} SET ${Object.keys(columns).map((name) => `${columnNames[name]} = ?`)} WHERE ID = ?`,
        ...Object.values(columns),
        id,
      ),
    vanish: async (id) => run(`DELETE FROM ${main} WHERE ID = ?`, id),
    inspect: () => {
      if (blind === true) return;
      const vetoes = behind
        .prepare(
          `SELECT * FROM ${attempts} WHERE done_id IS NOT CASE WHEN outcome = 'done' AND superseded = 0 THEN experiment_id END`,
        )
        .all();
      if (vetoes.length > 0) throw new Error(`I5 the veto on a second done is not in place: ${JSON.stringify(vetoes)}`);
    },
    close: async () => {
      for (const close of closing) close();
      await observer.close();
    },
  };
};

// --- MySQL, MariaDB

export const mysqlSystem = async (server: MysqlServer): Promise<System> => {
  const study = studyOfTokens(uniqueName('model_'));
  const place = await createDatabase(server);
  const observer = await openMysqlRepository(study, place);
  await observer.prepare();
  const connections = [await openMysqlRepository(study, place), await openMysqlRepository(study, place)] as const;
  const { host, port, user, password, database } = place;
  const behind = await createConnection({ host, port, user, password, database });
  const run = async (sql: string, ...parameters: (string | number)[]) => void (await behind.execute(sql, parameters));
  const [runners, leases, attempts] = ['runners', 'leases', 'attempts'].map((what) => companionTableName(study, what as 'runners')); // prettier-ignore
  return {
    connections,
    observer,
    exactOrder: false,
    hands: true,
    renew: async () => {
      for (const table of [logtableName(study, 'notes'), study.table, runners, leases, attempts])
        await run(`DELETE FROM ${table}`);
      await idle();
    },
    elapse: async (seconds) => run(`UPDATE ${runners} SET expires_at = expires_at - INTERVAL ? SECOND`, seconds),
    expire: async (runnerId) =>
      run(`UPDATE ${runners} SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE id = ?`, runnerId),
    forget: async (runnerId) => run(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
    overwrite: async (id, columns) =>
      run(
        `UPDATE ${study.table} SET ${Object.keys(columns).map((name) => `${columnNames[name]} = ?`)} WHERE ID = ?`,
        ...Object.values(columns),
        id,
      ),
    vanish: async (id) => run(`DELETE FROM ${study.table} WHERE ID = ?`, id),
    close: async () => {
      await Promise.all([observer, ...connections].map((one) => one.close()));
      await behind.end();
    },
  };
};
