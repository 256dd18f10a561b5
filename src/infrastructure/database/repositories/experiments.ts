import { type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import type { AttemptRef } from '../../../domain/experiment/attempt.ts';
import type { Experiment } from '../../../domain/experiment/experiment.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type {
  AttemptWrite,
  Claimed,
  ClaimRequest,
  Reaped,
  RecordOutcome,
} from '../../../domain/repository/runner-protocol.ts';
import type { RowOrder, Selection } from '../../../domain/repository/selection.ts';
import type { StatusCounts, StudyReader, ValuePages } from '../../../domain/repository/study-reader.ts';
import type { ConfigurationRecord } from '../../../domain/repository/study-store.ts';
import type { Row } from '../../../domain/values/column.ts';
import { toStored } from '../../../domain/values/stored-value.ts';
import { deleteExperiments } from '../admin/delete-experiments.ts';
import { addAbsent } from '../admin/fill.ts';
import { reset } from '../admin/reset.ts';
import { claim, ClaimCursor } from '../protocol/claim.ts';
import { reap } from '../protocol/reap.ts';
import { merged, writeBatch } from '../protocol/record.ts';
import { release } from '../protocol/release.ts';
import * as reads from '../query/reads.ts';
import { values } from '../query/values.ts';
import type { EntityClass } from '../schema/study-entities.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/**
 * The experiments of a study, for claim, record and reads. Each change is one transaction of the entity manager. A
 * single experiment is read as an entity. Statements over many rows bind their values themselves.
 */
export class Experiments extends SqlEntityRepository<Experiment> {
  readonly #tables: StudyTables;
  readonly #cursor = new ClaimCursor();

  constructor(em: SqlEntityManager, entity: EntityClass<Experiment>, tables: StudyTables) {
    super(em, entity);
    this.#tables = tables;
  }

  /** See `RunnerProtocol.claim`. */
  async claim(request: ClaimRequest): Promise<readonly Claimed[] | undefined> {
    const { database } = this.#tables;
    const once = (skipLeased: boolean) =>
      database.transaction((sql) => claim(sql, this.#tables, request, this.#cursor, skipLeased));
    try {
      return await once(false);
    } catch (error) {
      this.#cursor.reset();
      if (database.refusal(error) === undefined) throw error;
      return once(true);
    }
  }

  /** See `RunnerProtocol.addAndClaim`. */
  async addAndClaim(
    runnerId: string,
    keyfields: Row,
    configuration?: ConfigurationRecord,
  ): Promise<Claimed | undefined> {
    const { database, study } = this.#tables;
    const row = study.keyfields.map((column) => toStored(keyfields[column.name], column));
    let claimed: readonly Claimed[] | undefined;
    const added = await database.locked(study.table, (session) =>
      addAbsent(session, this.#tables, [row], {
        configuration,
        whenAdded: async (sql, id) => {
          const only = { ids: [id], status: 'created' } as const;
          claimed = await claim(sql, this.#tables, { runnerId, count: 1, only }, this.#cursor, false);
          if (!claimed) throw new ExperimenterError('STATE_CONFLICT', `runner ${runnerId} is not active any more`);
        },
      }),
    );
    return added === 0 ? undefined : claimed?.[0];
  }

  /** See `RunnerProtocol.record`. */
  async record(writes: readonly AttemptWrite[]): Promise<RecordOutcome> {
    return this.#record(merged(writes));
  }

  async #record(writes: readonly AttemptWrite[]): Promise<RecordOutcome> {
    if (writes.length === 0) return { lost: [], refused: [] };
    const { database } = this.#tables;
    try {
      return await database.transaction((sql) => writeBatch(sql, this.#tables, writes));
    } catch (error) {
      const reason = database.refusal(error);
      if (reason === undefined) throw error;
      const [only] = writes;
      if (only && writes.length === 1) return { lost: [], refused: [{ attemptId: only.attemptId, reason }] };
      // A refused value fails the whole transaction. The batch is halved until the write with that value is alone.
      const middle = Math.ceil(writes.length / 2);
      const [first, second] = [await this.#record(writes.slice(0, middle)), await this.#record(writes.slice(middle))];
      return { lost: [...first.lost, ...second.lost], refused: [...first.refused, ...second.refused] };
    }
  }

  /** See `RunnerProtocol.release`. */
  async release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void> {
    const { database } = this.#tables;
    if (attempts.length > 0) await database.transaction((sql) => release(sql, this.#tables, attempts, reason));
    this.#cursor.reset();
  }

  /** See `RunnerProtocol.reap`. */
  async reap(maxAttempts: number): Promise<readonly Reaped[]> {
    const reaped = await reap(this.#tables, maxAttempts);
    if (reaped.length > 0) this.#cursor.reset();
    return reaped;
  }

  /** See `StudyStore.reset`. */
  async reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }> {
    this.#cursor.reset();
    return reset(this.#tables, selection);
  }

  /** See `StudyStore.deleteExperiments`. */
  async delete(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }> {
    this.#cursor.reset();
    return deleteExperiments(this.#tables, selection);
  }

  /** The tables were dropped, so ids begin again at the first one. */
  dropped(): void {
    this.#cursor.reset();
  }

  async ofId(id: number): Promise<Experiment | undefined> {
    return (await this.#tables.database.read(async () => this.findOne({ id }))) ?? undefined;
  }

  list(selection?: Selection, order?: RowOrder): AsyncIterable<Experiment> {
    return reads.list(this.#tables, selection, order);
  }

  values(fields: readonly string[], selection?: Selection, order?: RowOrder): ValuePages {
    return values(this.#tables, fields, selection, order);
  }

  async counts(selection?: Selection): Promise<StatusCounts> {
    return this.#tables.database.read((sql) => reads.counts(sql, this.#tables, selection));
  }

  async foreign(): Promise<number> {
    return this.#tables.database.read((sql) => reads.foreign(sql, this.#tables));
  }

  async errors(limit: number): ReturnType<StudyReader['errors']> {
    return this.#tables.database.read((sql) => reads.errors(sql, this.#tables, limit));
  }
}
