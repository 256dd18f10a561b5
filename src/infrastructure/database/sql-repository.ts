import type { Alteration, AlterationWishes } from '../../domain/repository/alteration.ts';
import type { Attempt, AttemptRef, Lease } from '../../domain/experiment/attempt.ts';
import type { Runner, RunnerRecord, WatchedRunner } from '../../domain/experiment/runner.ts';
import type { Row } from '../../domain/values/column.ts';
import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import type {
  AttemptWrite,
  Claimed,
  ClaimRequest,
  Reaped,
  RecordOutcome,
} from '../../domain/repository/runner-protocol.ts';
import type { RowOrder, Selection } from '../../domain/repository/selection.ts';
import type { Provenance, StatusCounts, ValuePages } from '../../domain/repository/study-reader.ts';
import type { ConfigurationRecord, FillSummary, Finding, TableNames } from '../../domain/repository/study-store.ts';
import type { Experiment } from '../../domain/experiment/experiment.ts';
import { alterColumns } from './alter/alter-columns.ts';
import { plannedAlterations } from './alter/alterations.ts';
import { emissions } from './query/emissions.ts';
import { fill } from './admin/fill.ts';
import { isFilled, noteFilled } from './admin/filled-grids.ts';
import { dropStudy } from './admin/drop-study.ts';
import { tablesFound } from './structure/owned-tables.ts';
import type { Experiments } from './repositories/experiments.ts';
import { mainExists, prepare } from './admin/prepare.ts';
import { provenance } from './admin/provenance.ts';
import { ReadableTables } from './structure/readable-tables.ts';
import type { SqlRepositoryOptions } from './connection/repository-options.ts';
import type { LogRows } from './repositories/log-rows.ts';
import type { Runners } from './repositories/runners.ts';
import { repositoriesOf } from './repositories/study-repositories.ts';
import type { Database } from './connection/sql.ts';
import { studyFindings } from './structure/structure.ts';
import { StudyTables } from './schema/study-tables.ts';
import { logtableNamed, type StudyDefinition } from '../../domain/study/study-definition.ts';
import { requireWidth } from './structure/width.ts';

/** A study in SQLite, MySQL or MariaDB: one protocol over two dialects of SQL. */
export class SqlRepository implements ExperimentRepository {
  readonly #tables: StudyTables;
  readonly #readable: ReadableTables;
  readonly #database: Database;
  readonly #runners: Runners;
  readonly #experiments: Experiments;

  constructor(study: StudyDefinition, database: Database, options: SqlRepositoryOptions = {}) {
    this.#tables = new StudyTables(study, database, options.localTime ?? false, options);
    this.#readable = new ReadableTables(this.#tables, options);
    this.#database = database;
    ({ runners: this.#runners, experiments: this.#experiments } = repositoriesOf(this.#tables));
  }

  async prepare(defaults: Row = {}): Promise<void> {
    await this.#database.locked(this.#tables.study.table, async (session) => {
      await requireWidth(session, this.#tables);
      await prepare(session, this.#tables, defaults);
    });
    this.#database.expectTables();
  }

  async exists(): Promise<boolean> {
    return this.#readable.exist();
  }

  async verify(): Promise<void> {
    if (await this.#database.present()) await this.#database.read((sql) => mainExists(sql, this.#tables));
  }

  async readable(): Promise<StudyDefinition> {
    return (await this.#readable.open()).study;
  }

  async alterations(wishes: AlterationWishes): Promise<readonly Alteration[]> {
    if (!(await this.#database.present())) return [];
    return this.#database.read((sql) => plannedAlterations(sql, this.#tables, wishes));
  }

  async alter(alterations: readonly Alteration[], force: boolean): Promise<void> {
    await this.#database.locked(this.#tables.study.table, (session) =>
      alterColumns(session, this.#tables, this.#runners, alterations, force),
    );
  }

  async tables(): Promise<TableNames> {
    return tablesFound(this.#tables);
  }

  async drop(confirmed?: readonly string[]): Promise<readonly string[]> {
    const dropped = await this.#database.locked(this.#tables.study.table, (session) =>
      dropStudy(session, this.#tables, confirmed),
    );
    this.#experiments.dropped();
    return dropped;
  }

  async fill(combinations: Iterable<Row>, configuration?: ConfigurationRecord, grid?: string): Promise<FillSummary> {
    const filled = () => fill(this.#tables, combinations, configuration);
    return grid === undefined ? filled() : noteFilled(this.#tables, grid, filled);
  }

  async isFilled(grid: string): Promise<boolean> {
    return isFilled(this.#tables, grid);
  }

  async register(runner: Runner, leaseSeconds: number): Promise<void> {
    await this.#runners.register(runner, leaseSeconds);
  }

  async heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean> {
    return this.#runners.heartbeat(runnerId, leaseSeconds);
  }

  async drain(runnerId: string): Promise<void> {
    await this.#runners.drain(runnerId);
  }

  async deregister(runnerId: string): Promise<void> {
    await this.#runners.deregister(runnerId);
  }

  async claim(request: ClaimRequest): Promise<readonly Claimed[] | undefined> {
    return this.#experiments.claim(request);
  }

  async addAndClaim(
    runnerId: string,
    keyfields: Row,
    configuration?: ConfigurationRecord,
  ): Promise<Claimed | undefined> {
    return this.#experiments.addAndClaim(runnerId, keyfields, configuration);
  }

  async record(writes: readonly AttemptWrite[]): Promise<RecordOutcome> {
    return this.#experiments.record(writes);
  }

  async release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void> {
    await this.#experiments.release(attempts, reason);
  }

  async leases(runnerId?: string, limit?: number): Promise<readonly Lease[]> {
    return this.#readable.ask((tables) => repositoriesOf(tables).leases.ofRunner(runnerId, limit));
  }

  async lease(experimentId: number): Promise<Lease | undefined> {
    return this.#readable.ask((tables) => repositoriesOf(tables).leases.ofExperiment(experimentId));
  }

  async runners(): Promise<readonly RunnerRecord[]> {
    return this.#readable.ask((tables) => repositoriesOf(tables).runners.records());
  }

  async watchedRunners(): Promise<readonly WatchedRunner[]> {
    return this.#runners.watched();
  }

  async declareDead(runnerId: string, heartbeats: number, ignoreExpiry = false): Promise<boolean> {
    return this.#runners.declareDead(runnerId, heartbeats, ignoreExpiry);
  }

  async reap(maxAttempts: number): Promise<readonly Reaped[]> {
    return this.#experiments.reap(maxAttempts);
  }

  async reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }> {
    return this.#experiments.reset(selection);
  }

  async deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }> {
    return this.#experiments.delete(selection);
  }

  async counts(selection?: Selection): Promise<StatusCounts> {
    return this.#readable.ask((tables) => repositoriesOf(tables).experiments.counts(selection));
  }

  async foreign(): Promise<number> {
    return this.#readable.ask((tables) => repositoriesOf(tables).experiments.foreign());
  }

  async *list(selection?: Selection, order?: RowOrder): AsyncIterable<Experiment> {
    yield* repositoriesOf(await this.#readable.open()).experiments.list(selection, order);
  }

  async *values(fields: readonly string[], selection?: Selection, order?: RowOrder): ValuePages {
    yield* repositoriesOf(await this.#readable.open()).experiments.values(fields, selection, order);
  }

  async find(id: number): Promise<Experiment | undefined> {
    return this.#readable.ask((tables) => repositoriesOf(tables).experiments.ofId(id));
  }

  async attempts(experimentId: number): Promise<readonly Attempt[]> {
    return this.#readable.ask((tables) => repositoriesOf(tables).attempts.ofExperiment(experimentId));
  }

  async provenance(experimentId: number): Promise<Provenance> {
    return this.#readable.read((sql, tables) => provenance(sql, tables, experimentId));
  }

  async *history(): AsyncIterable<Attempt> {
    yield* repositoriesOf(await this.#readable.open()).attempts.history();
  }

  async *historyValues(fields: readonly string[], experimentId?: number): ValuePages {
    yield* repositoriesOf(await this.#readable.open()).attempts.values(fields, experimentId);
  }

  async *logs(logtable: string, experimentId?: number): AsyncIterable<Row> {
    yield* (await this.#logRows(logtable)).rows(experimentId);
  }

  async *logValues(logtable: string, fields: readonly string[], experimentId?: number): ValuePages {
    yield* (await this.#logRows(logtable)).values(fields, experimentId);
  }

  async *emissions(experimentId?: number): AsyncIterable<Row> {
    yield* emissions(await this.#readable.open(), experimentId);
  }

  errors(limit: number): ReturnType<ExperimentRepository['errors']> {
    return this.#readable.ask((tables) => repositoriesOf(tables).experiments.errors(limit));
  }

  async findings(): Promise<readonly Finding[]> {
    if (!(await this.#database.present())) return [];
    const engines = await this.#database.read(async (sql) => {
      await requireWidth(sql, this.#tables);
      return studyFindings(sql, this.#tables);
    });
    return [...(await this.#database.findings()), ...engines];
  }

  /** Throws if the study does not have this logtable. */
  async #logRows(logtable: string): Promise<LogRows> {
    const tables = await this.#readable.open();
    const { name } = logtableNamed(tables.study, logtable);
    return repositoriesOf(tables).logtables.get(name) as LogRows;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
