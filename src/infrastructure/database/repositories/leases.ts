import { type EntityName, type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import { sql } from 'kysely';
import type { Lease } from '../../../domain/experiment/attempt.ts';
import { all, dbOf } from '../connection/statements.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Only the protocol uses the other columns. */
const fields = ['experimentId', 'attemptId', 'number', 'runnerId', 'claimedAt', 'progress'] as const;

/** The leases of a study, for readers. */
export class Leases extends SqlEntityRepository<Lease> {
  readonly #tables: StudyTables;

  constructor(em: SqlEntityManager, entity: EntityName<Lease>, tables: StudyTables) {
    super(em, entity);
    this.#tables = tables;
  }

  /** Ordered by experiment. Every heartbeat reads all leases of its runner: as rows, a seventh of an entity's cost. */
  async ofRunner(runnerId?: string, limit?: number): Promise<readonly Lease[]> {
    if (!this.#tables.has('leases')) return [];
    const among = runnerId === undefined ? sql.raw('') : sql`WHERE runner_id = ${runnerId}`;
    const rows = await this.#tables.database.read(async () =>
      all(
        dbOf(this.em),
        sql`SELECT experiment_id, attempt_id, number, runner_id, claimed_at, progress FROM ${sql.raw(this.#tables.leases)}
            ${among} ORDER BY experiment_id ${limit === undefined ? sql.raw('') : sql`LIMIT ${sql.lit(limit)}`}`,
      ),
    );
    return rows.map((cells) => ({
      experimentId: Number(cells[0]),
      attemptId: String(cells[1]),
      number: Number(cells[2]),
      runnerId: String(cells[3]),
      claimedAt: String(cells[4]),
      progress: textOf(cells[5]),
    }));
  }

  async ofExperiment(experimentId: number): Promise<Lease | undefined> {
    if (!this.#tables.has('leases')) return undefined;
    return this.#tables.database.read(async () => (await this.findOne({ experimentId }, { fields })) ?? undefined);
  }
}
