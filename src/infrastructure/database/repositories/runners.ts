import { type EntityName, type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import { type RawBuilder, sql } from 'kysely';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Runner, RunnerRecord, RunnerState, WatchedRunner } from '../../../domain/experiment/runner.ts';
import type { Dialect } from '../connection/sql.ts';
import { all, type Db, dbOf, run } from '../connection/statements.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** The runners of a study. Every statement that writes selects its row by primary key, like all locks. */
export class Runners extends SqlEntityRepository<Runner> {
  readonly #tables: StudyTables;

  constructor(em: SqlEntityManager, entity: EntityName<Runner>, tables: StudyTables) {
    super(em, entity);
    this.#tables = tables;
  }

  async register(runner: Runner, leaseSeconds: number): Promise<void> {
    await this.#transaction(async ({ dialect, runners, now, db }) => {
      // The row may exist already: the answer to an earlier call may have been lost.
      if ((await all(db, sql`SELECT 1 FROM ${runners} WHERE id = ${runner.id}`)).length > 0) return;
      const { id, name, host, pid, workers, version, facts } = runner;
      await run(
        db,
        sql`INSERT INTO ${runners} (id, name, host, pid, workers, version, started_at, heartbeat_at, expires_at, heartbeats, state, facts)
          VALUES (${id}, ${name}, ${host}, ${pid}, ${workers}, ${version}, ${now}, ${now}, ${dialect.inSeconds(leaseSeconds)}, 0, 'active',
            ${facts === undefined ? null : JSON.stringify(facts)})`,
      );
    });
  }

  /** Whether the runner is still alive: no other runner has declared it dead. */
  async heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean> {
    const found = await this.#transaction(async ({ dialect, runners, now, db }) =>
      run(
        db,
        sql`UPDATE ${runners} SET heartbeats = heartbeats + 1, heartbeat_at = ${now}, expires_at = ${dialect.inSeconds(leaseSeconds)}
          WHERE id = ${runnerId} AND state IN ('active', 'draining')`,
      ),
    );
    return found === 1;
  }

  async drain(runnerId: string): Promise<void> {
    await this.#transaction(async ({ runners, db }) =>
      run(db, sql`UPDATE ${runners} SET state = 'draining' WHERE id = ${runnerId} AND state = 'active'`),
    );
  }

  async deregister(runnerId: string): Promise<void> {
    await this.#transaction(async ({ dialect, runners, leases, db }) => {
      // Locks the runner, so that none of its claims is in progress.
      await all(db, sql`SELECT 1 FROM ${runners} WHERE id = ${runnerId}${sql.raw(dialect.forUpdate)}`);
      const [row] = await all(db, sql`SELECT COUNT(*) FROM ${leases} WHERE runner_id = ${runnerId}`);
      if (Number(row?.[0]) > 0)
        throw new ExperimenterError(
          'STATE_CONFLICT',
          `runner ${runnerId} still holds ${row?.[0]} leases and cannot be deregistered`,
        );
      await run(db, sql`UPDATE ${runners} SET state = 'gone' WHERE id = ${runnerId}`);
    });
  }

  /** Whether this call declared the runner dead: it was alive, with no heartbeat since the counter was `heartbeats`. */
  async declareDead(runnerId: string, heartbeats: number, ignoreExpiry: boolean): Promise<boolean> {
    const found = await this.#transaction(async ({ runners, now, db }) =>
      run(
        db,
        sql`UPDATE ${runners} SET state = 'dead'
          WHERE id = ${runnerId} AND heartbeats = ${heartbeats} AND state IN ('active', 'draining')
            ${ignoreExpiry ? sql.raw('') : sql`AND expires_at < ${now}`}`,
      ),
    );
    return found === 1;
  }

  /** All runners that are not `gone`. */
  async records(): Promise<readonly RunnerRecord[]> {
    if (!this.#tables.has('runners') || !this.#tables.has('leases')) return [];
    return this.#tables.database.read(async () => this.recordsWithin());
  }

  /** The same, in the transaction of the caller. */
  async recordsWithin(): Promise<readonly RunnerRecord[]> {
    const { dialect, runners, leases, now, db } = this.#parts();
    const age = dialect.ageSeconds('heartbeat_at');
    const rows = await all(
      db,
      sql`SELECT id, name, host, pid, workers, version, state, started_at, ${age}, heartbeats,
            CASE WHEN expires_at < ${now} THEN 1 ELSE 0 END,
            (SELECT COUNT(*) FROM ${leases} l WHERE l.runner_id = r.id),
            ${age} - ${dialect.ageSeconds('expires_at')}
          FROM ${runners} r WHERE state <> 'gone' ORDER BY id`,
    );
    return rows.map((cells) => ({
      id: String(cells[0]),
      name: String(cells[1]),
      host: String(cells[2]),
      pid: Number(cells[3]),
      workers: Number(cells[4]),
      version: String(cells[5]),
      state: String(cells[6]) as RunnerState,
      startedAt: String(cells[7]),
      heartbeatAgeSeconds: Math.max(0, Number(cells[8])),
      heartbeats: Number(cells[9]),
      expired: Number(cells[10]) === 1,
      running: Number(cells[11]),
      leaseSeconds: Number(cells[12]),
    }));
  }

  /** The columns that the reaper compares. */
  async watched(): Promise<readonly WatchedRunner[]> {
    const rows = await this.#tables.database.read(async () => {
      const { dialect, runners, now, db } = this.#parts();
      return all(
        db,
        sql`SELECT id, state, heartbeats, CASE WHEN expires_at < ${now} THEN 1 ELSE 0 END,
            ${dialect.ageSeconds('heartbeat_at')} - ${dialect.ageSeconds('expires_at')}
          FROM ${runners} WHERE state <> 'gone' ORDER BY id`,
      );
    });
    return rows.map((cells) => ({
      id: String(cells[0]),
      state: String(cells[1]) as RunnerState,
      heartbeats: Number(cells[2]),
      expired: Number(cells[3]) === 1,
      leaseSeconds: Number(cells[4]),
    }));
  }

  async #transaction<Result>(work: (parts: Parts) => Promise<Result>): Promise<Result> {
    return this.#tables.database.transaction(async () => work(this.#parts()));
  }

  /** The parts of a statement. `db` is bound to the transaction or the read that calls this method. */
  #parts(): Parts {
    const { database, runners, leases } = this.#tables;
    const { dialect } = database;
    return {
      dialect,
      runners: sql.raw(runners),
      leases: sql.raw(leases),
      now: sql.raw(dialect.now),
      db: dbOf(this.em),
    };
  }
}

interface Parts {
  readonly db: Db;
  readonly dialect: Dialect;
  readonly runners: RawBuilder<unknown>;
  readonly leases: RawBuilder<unknown>;
  /** The present time of the database's clock. */
  readonly now: RawBuilder<unknown>;
}
