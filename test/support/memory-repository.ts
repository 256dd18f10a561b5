import type { Clock } from '../../src/application/ports/ports.ts';
import type { Attempt, AttemptRef, Lease } from '../../src/domain/experiment/attempt.ts';
import type { Runner, RunnerRecord, WatchedRunner } from '../../src/domain/experiment/runner.ts';
import type { Row } from '../../src/domain/values/column.ts';
import { logtableName } from '../../src/domain/study/table-names.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { ExperimenterError } from '../../src/domain/errors.ts';
import { errorLine } from '../../src/domain/experiment/error-line.ts';
import type { ExperimentRepository } from '../../src/domain/repository/experiment-repository.ts';
import type {
  AttemptWrite,
  Claimed,
  ClaimRequest,
  Reaped,
  RecordOutcome,
} from '../../src/domain/repository/runner-protocol.ts';
import type { RowOrder, Selection } from '../../src/domain/repository/selection.ts';
import type { Provenance, StatusCounts, ValuePages } from '../../src/domain/repository/study-reader.ts';
import type { ConfigurationRecord, FillSummary, Finding, TableNames } from '../../src/domain/repository/study-store.ts';
import { Experiment, experimentStatuses } from '../../src/domain/experiment/experiment.ts';
import { requireColumns, requireLogColumns } from '../../src/domain/study/table-layout.ts';
import { ordered } from './memory-order.ts';
import { MemoryTables } from './memory-tables.ts';
import { beginAttempt, endAttempt, isRecorded, refusal, writeAttempt } from './memory-attempts.ts';
import { end, reopen, reset } from './memory-experiment.ts';

/** Room for the tables of one study. */
export interface MemoryDatabase {
  tables?: MemoryTables | undefined;
}

/**
 * A study in memory: for tests, and an example of a repository of one's own. Every method is one synchronous step and
 * so a transaction; connections to the same study are repositories on the same database.
 */
export class MemoryRepository implements ExperimentRepository {
  readonly #study: StudyDefinition;
  readonly #clock: Pick<Clock, 'date'>;
  readonly #database: MemoryDatabase;

  /** The clock is the database's own; no other time decides anything. */
  constructor(study: StudyDefinition, clock: Pick<Clock, 'date'>, database: MemoryDatabase = {}) {
    this.#study = study;
    this.#clock = clock;
    this.#database = database;
  }

  get #tables(): MemoryTables {
    if (this.#database.tables) return this.#database.tables;
    throw new ExperimenterError('SCHEMA_MISMATCH', `the study ${this.#study.table} has no tables yet: fill it first`);
  }

  // --- the tables

  async prepare(defaults: Row = {}): Promise<void> {
    this.#database.tables ??= new MemoryTables(this.#study, this.#clock);
    this.#tables.check(this.#study);
    this.#tables.grow(this.#study, defaults);
  }

  async exists(): Promise<boolean> {
    return this.#database.tables !== undefined;
  }

  async verify(): Promise<void> {
    this.#database.tables?.check(this.#study);
  }

  async readable(): Promise<StudyDefinition> {
    return this.#study;
  }

  async tables(): Promise<TableNames> {
    const study = this.#database.tables?.study;
    const own = study ? [study.table, ...study.logtables.map(({ name }) => logtableName(study, name))] : [];
    return { own, others: [] };
  }

  async drop(confirmed?: readonly string[]): Promise<readonly string[]> {
    const { own } = await this.tables();
    if (confirmed && confirmed.toSorted().join('\0') !== own.toSorted().join('\0'))
      throw new ExperimenterError('STATE_CONFLICT', `the tables are ${own.join(', ')}`);
    this.#database.tables = undefined;
    return own;
  }

  async fill(combinations: Iterable<Row>, configuration?: ConfigurationRecord, grid?: string): Promise<FillSummary> {
    let added = 0;
    let existing = 0;
    for (const combination of combinations) {
      if (this.#tables.insert(combination, configuration)) added += 1;
      else existing += 1;
    }
    if (grid !== undefined) this.#tables.grids.set(grid, this.#tables.extent);
    return { added, existing };
  }

  async isFilled(grid: string): Promise<boolean> {
    return this.#tables.grids.get(grid) === this.#tables.extent;
  }

  // --- the protocol

  async register(runner: Runner, leaseSeconds: number): Promise<void> {
    if (this.#tables.runners.has(runner.id)) return;
    const { now, time } = this.#tables;
    const expiresAt = time + leaseSeconds * 1000;
    this.#tables.runners.set(runner.id, {
      ...runner,
      state: 'active',
      startedAt: now,
      heartbeatAt: time,
      expiresAt,
      heartbeats: 0,
    });
  }

  async heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean> {
    const runner = this.#tables.living(runnerId);
    if (!runner) return false;
    runner.heartbeats += 1;
    runner.heartbeatAt = this.#tables.time;
    runner.expiresAt = this.#tables.time + leaseSeconds * 1000;
    return true;
  }

  async drain(runnerId: string): Promise<void> {
    const runner = this.#tables.runners.get(runnerId);
    if (runner?.state === 'active') runner.state = 'draining';
  }

  async deregister(runnerId: string): Promise<void> {
    if (this.#tables.leasesOf(runnerId).length > 0) {
      throw new ExperimenterError('STATE_CONFLICT', `runner ${runnerId} still holds leases: end or release them first`);
    }
    const runner = this.#tables.runners.get(runnerId);
    if (runner) runner.state = 'gone';
  }

  async claim({ runnerId, count, order, only, maxLosses }: ClaimRequest): Promise<readonly Claimed[] | undefined> {
    const runner = this.#tables.active(runnerId);
    if (!runner) return undefined;
    const open = this.#tables
      .select({
        statuses: [only?.status ?? 'created'],
        ...(only && { ids: only.ids.map((id) => [id, id] as const) }),
      })
      .filter(({ id }) => this.#tables.losses(id) <= (maxLosses ?? Number.POSITIVE_INFINITY));
    const first = order === 'random' ? Math.floor(Math.random() * open.length) : 0;
    const chosen = [...open.slice(first), ...open.slice(0, first)].slice(0, count);
    return chosen.map((experiment) => beginAttempt(this.#tables, experiment, runner));
  }

  async addAndClaim(
    runnerId: string,
    keyfields: Row,
    configuration?: ConfigurationRecord,
  ): Promise<Claimed | undefined> {
    const runner = this.#tables.active(runnerId);
    if (!runner) throw new ExperimenterError('STATE_CONFLICT', `runner ${runnerId} is not active: register it anew`);
    const experiment = this.#tables.insert(keyfields, configuration);
    return experiment && beginAttempt(this.#tables, experiment, runner);
  }

  async record(writes: readonly AttemptWrite[]): Promise<RecordOutcome> {
    const lost: string[] = [];
    const refused: { attemptId: string; reason: string }[] = [];
    for (const [attemptId, said] of Map.groupBy(writes, (write) => write.attemptId)) {
      const lease = said[0] && this.#tables.leaseOf(said[0]);
      const reason =
        lease && said.map((write) => refusal(this.#tables, write)).find((refused) => refused !== undefined);
      if (reason !== undefined) refused.push({ attemptId, reason });
      else if (lease) writeAttempt(this.#tables, said, lease);
      else if (!said.some((write) => isRecorded(this.#tables, write))) lost.push(attemptId);
    }
    return { lost, refused };
  }

  async release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void> {
    for (const { startedAt, ...ref } of attempts) {
      const lease = this.#tables.leaseOf(ref);
      if (!lease) continue;
      const experiment = this.#tables.experiment(ref.experimentId);
      if (lease.resumed) this.#tables.restore(experiment, lease.resumed, true);
      else reopen(experiment, 'release');
      if (startedAt === undefined) this.#tables.leases.delete(ref.experimentId);
      else endAttempt(this.#tables, lease, { outcome: 'released', detail: reason, startedAt });
    }
  }

  async leases(runnerId?: string, limit?: number): Promise<readonly Lease[]> {
    const leases = this.#tables.leasesOf(runnerId).toSorted((one, other) => one.experimentId - other.experimentId);
    return leases.slice(0, limit).map(({ resumed: _, lastLogs: __, ...lease }) => lease);
  }

  async lease(id: number): Promise<Lease | undefined> {
    return (await this.leases()).find(({ experimentId }) => experimentId === id);
  }

  async runners(): Promise<readonly RunnerRecord[]> {
    const { time, runners } = this.#tables;
    return [...runners.values()]
      .filter(({ state }) => state !== 'gone')
      .map(({ heartbeatAt, expiresAt, facts: _, ...runner }) => ({
        ...runner,
        heartbeatAgeSeconds: (time - heartbeatAt) / 1000,
        leaseSeconds: (expiresAt - heartbeatAt) / 1000,
        expired: expiresAt <= time,
        running: this.#tables.leasesOf(runner.id).length,
      }));
  }

  async watchedRunners(): Promise<readonly WatchedRunner[]> {
    return (await this.runners()).map(({ id, state, heartbeats, leaseSeconds, expired }) => ({
      id,
      state,
      heartbeats,
      leaseSeconds,
      expired,
    }));
  }

  async declareDead(runnerId: string, heartbeats: number, ignoreExpiry = false): Promise<boolean> {
    const runner = this.#tables.living(runnerId);
    if (!runner || runner.heartbeats !== heartbeats) return false;
    if (!ignoreExpiry && runner.expiresAt > this.#tables.time) return false;
    runner.state = 'dead';
    return true;
  }

  async reap(maxAttempts: number): Promise<readonly Reaped[]> {
    const orphans = this.#tables.leasesOf().filter(({ runnerId }) => !this.#tables.living(runnerId));
    for (const runner of this.#tables.runners.values()) if (runner.state === 'dead') runner.state = 'gone';
    return orphans.map((lease) => {
      const { experimentId, attemptId, number, runnerId, claimedAt } = lease;
      const detail = `its runner ${runnerId} died or was cut off`;
      endAttempt(this.#tables, lease, { outcome: 'lost', detail, startedAt: claimedAt });
      const losses = this.#tables
        .history(experimentId)
        .filter(({ outcome, superseded }) => outcome === 'lost' && !superseded);
      const status = losses.length >= maxAttempts ? 'error' : lease.resumed ? 'paused' : 'created';
      const experiment = this.#tables.experiment(experimentId);
      if (status === 'created') reopen(experiment, 'reap');
      else if (lease.resumed && status === 'paused') this.#tables.restore(experiment, lease.resumed, true);
      else
        end(
          experiment,
          'reap',
          status,
          this.#tables.date,
          `${losses.length} attempts were lost, and no more are made: ${detail}`,
        );
      return { experimentId, attemptId, number, runnerId, status };
    });
  }

  // --- the user's verbs

  async reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }> {
    const chosen = this.#tables.select(selection);
    const free = chosen.filter(({ id }) => !this.#tables.leases.has(id));
    for (const experiment of free) {
      reset(experiment);
      for (const attempt of this.#tables.history(experiment.id)) attempt.superseded = true;
    }
    return { reset: free.length, leased: chosen.length - free.length };
  }

  async deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }> {
    const chosen = this.#tables.select(selection);
    const free = chosen.filter(({ id }) => !this.#tables.leases.has(id));
    for (const { id } of free) this.#tables.delete(id);
    return { deleted: free.length, leased: chosen.length - free.length };
  }

  // --- reading

  async counts(selection: Selection = {}): Promise<StatusCounts> {
    const statuses = this.#tables.select(selection).map(({ status }) => status);
    const counts = experimentStatuses.map((status) => [status, statuses.filter((other) => other === status).length]);
    return Object.fromEntries(counts) as StatusCounts;
  }

  async foreign(): Promise<number> {
    return this.#tables.select({ statuses: ['running'] }).filter(({ id }) => !this.#tables.leases.has(id)).length;
  }

  async *list(selection: Selection = {}, order?: RowOrder): AsyncIterable<Experiment> {
    const { limit = Infinity, ...others } = selection;
    const selected = order ? ordered(this.#study, this.#tables.select(others), order) : this.#tables.select(others);
    for (const experiment of selected.slice(0, limit)) yield copyOf(experiment);
  }

  async *values(fields: readonly string[], selection: Selection = {}, order?: RowOrder): ValuePages {
    requireColumns(this.#study, fields);
    const rows = (await Array.fromAsync(this.list(selection, order))).map((experiment) => experiment.toRow());
    if (rows.length > 0) yield rows.map((row) => fields.map((field) => row[field] ?? null));
  }

  async find(id: number): Promise<Experiment | undefined> {
    const experiment = this.#tables.experiments.get(id);
    return experiment && copyOf(experiment);
  }

  async attempts(experimentId: number): Promise<readonly Attempt[]> {
    return this.#tables.history(experimentId).map((attempt) => ({ ...attempt }));
  }

  async provenance(experimentId: number): Promise<Provenance> {
    const { configurations, leases, runners } = this.#tables;
    const ids = this.#tables.history(experimentId).map(({ runnerId }) => runnerId);
    const lease = leases.get(experimentId);
    const involved = [...new Set(lease ? [...ids, lease.runnerId] : ids)].toSorted();
    return {
      configuration: configurations.get(experimentId),
      runners: involved.flatMap((runnerId) => {
        const runner = runners.get(runnerId);
        if (!runner) return [];
        const { id, name, host, pid, workers, version, facts } = runner;
        return [{ id, name, host, pid, workers, version, ...(facts && { facts }) }];
      }),
    };
  }

  async *history(): AsyncIterable<Attempt> {
    for (const id of this.#tables.experiments.keys()) yield* await this.attempts(id);
  }

  async *historyValues(fields: readonly string[], experimentId?: number): ValuePages {
    const attempts = experimentId === undefined ? this.history() : await this.attempts(experimentId);
    const rows = (await Array.fromAsync(attempts)).map(attemptRow);
    if (rows.length > 0) yield rows.map((row) => fields.map((field) => row[field] ?? null));
  }

  async *logs(logtable: string, experimentId?: number): AsyncIterable<Row> {
    for (const row of this.#tables.logtable(logtable)) {
      if (experimentId === undefined || row['experiment_id'] === experimentId) yield row;
    }
  }

  async *logValues(logtable: string, fields: readonly string[], experimentId?: number): ValuePages {
    requireLogColumns(this.#study, logtable, fields);
    const rows = await Array.fromAsync(this.logs(logtable, experimentId));
    if (rows.length > 0) yield rows.map((row) => fields.map((field) => row[field] ?? null));
  }

  async *emissions(experimentId?: number): AsyncIterable<Row> {
    for (const row of this.#database.tables?.emissions ?? []) {
      if (experimentId === undefined || row['experiment_id'] === experimentId) yield row;
    }
  }

  async errors(
    limit: number,
  ): Promise<readonly { readonly message: string; readonly count: number; readonly exampleId: number }[]> {
    const failed = this.#tables.select({ statuses: ['error'] });
    const groups = Map.groupBy(failed, ({ error }) => errorLine(error ?? '').slice(0, 1_000));
    return [...groups]
      .map(([message, members]) => ({ message, count: members.length, exampleId: members[0]?.id ?? 0 }))
      .sort((one, other) => other.count - one.count)
      .slice(0, limit);
  }

  async findings(): Promise<readonly Finding[]> {
    return [];
  }

  async close(): Promise<void> {}
}

const attemptRow = (attempt: Attempt): Row => ({
  experiment_id: attempt.experimentId,
  number: attempt.number,
  attempt_id: attempt.attemptId,
  runner_id: attempt.runnerId,
  host: attempt.host,
  started_at: attempt.startedAt,
  ended_at: attempt.endedAt,
  outcome: attempt.outcome,
  detail: attempt.detail,
  superseded: attempt.superseded,
});

/** A snapshot: what has been read does not change any more. */
const copyOf = (experiment: Experiment): Experiment => new Experiment(experiment);
