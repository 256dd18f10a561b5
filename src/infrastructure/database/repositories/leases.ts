import { type EntityName, type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import type { Lease } from '../../../domain/experiment/attempt.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Only the protocol uses the other columns. */
const fields = ['experimentId', 'attemptId', 'number', 'runnerId', 'claimedAt', 'progress'] as const;

/** The leases of a study, for readers. */
export class Leases extends SqlEntityRepository<Lease> {
  readonly #tables: StudyTables;

  constructor(em: SqlEntityManager, entity: EntityName<Lease>, tables: StudyTables) {
    super(em, entity);
    this.#tables = tables;
  }

  /** Ordered by experiment. */
  async ofRunner(runnerId?: string, limit?: number): Promise<readonly Lease[]> {
    if (!this.#tables.has('leases')) return [];
    return this.#tables.database.read(async () =>
      this.find(runnerId === undefined ? {} : { runnerId }, {
        fields,
        orderBy: { experimentId: 'asc' },
        ...(limit !== undefined && { limit }),
      }),
    );
  }

  async ofExperiment(experimentId: number): Promise<Lease | undefined> {
    if (!this.#tables.has('leases')) return undefined;
    return this.#tables.database.read(async () => (await this.findOne({ experimentId }, { fields })) ?? undefined);
  }
}
