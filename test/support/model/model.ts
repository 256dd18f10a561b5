import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { AttemptWrite, Claimed, Reaped, RecordOutcome } from '../../../src/domain/repository/runner-protocol.ts';
import { type ExperimentStatus, experimentStatuses } from '../../../src/domain/experiment/experiment.ts';
import { type Answer, type Call, LEASE_SECONDS, MAX_ATTEMPTS } from './calls.ts';
import { type AttemptView, ENDED, FOREIGN_DATE, type LeaseView, type RowView, type View } from './view.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type ModelRow = Mutable<RowView>;
/** What an experiment had when it was resumed. */
interface Paused {
  readonly row: ModelRow;
  readonly logs: readonly string[] | undefined;
}
type ModelLease = Mutable<LeaseView> & { paused: Paused | undefined; lastLogs: string | undefined };
interface ModelRunner {
  readonly name: string;
  readonly host: string;
  state: 'active' | 'draining' | 'dead' | 'gone';
  heartbeats: number;
  expiresAt: number;
}

/** A value that no BIGINT holds. */
export const TOO_BIG = 2n ** 64n;

/**
 * What the contract says of a study, in the simplest data there is. Every call is one step. Answers that the contract
 * leaves open (which attempt ids, which random experiments) are taken from the repository and only judged.
 */
export class Model {
  rows = new Map<number, ModelRow>();
  leases = new Map<number, ModelLease>();
  /** Outlive their rows. */
  attempts = new Map<number, Mutable<AttemptView>[]>();
  logs = new Map<number, string[]>();
  runners = new Map<string, ModelRunner>();
  time = 0;
  /** Rows whose status somebody wrote by hand: theirs, and no promise is made about it. */
  byHand = new Set<number>();
  /** The last end of each experiment that was acknowledged and not reset since. */
  acknowledged = new Map<number, { attemptId: string; outcome: string; token: string | null }>();

  clone(): Model {
    return Object.assign(new Model(), structuredClone({ ...this }));
  }

  /** Follows a call, and throws unless its answer (if there was one) is what the contract says. */
  follow(call: Call, answer: Answer | undefined, learnt: Learnt): void {
    if (answer && 'code' in answer) {
      this.#followRefusal(call, answer.code);
      return;
    }
    const expected = this.#apply(call, answer?.value, learnt);
    if (answer && expected !== ANY) assertSame(answer.value, expected, `${call.method} answers`);
  }

  #followRefusal(call: Call, code: string): void {
    const right =
      code === 'STATE_CONFLICT' &&
      ((call.method === 'deregister' && this.#leasesOf(call.runnerId) > 0) ||
        (call.method === 'addAndClaim' && this.runners.get(call.runnerId)?.state !== 'active'));
    assert.ok(right, `${call.method} throws ${code}`);
  }

  #apply(call: Call, given: unknown, learnt: Learnt): unknown {
    switch (call.method) {
      case 'fill':
        return this.#fill(call.seeds, learnt);
      case 'register':
        if (!this.runners.has(call.runner.id)) {
          const { name, host } = call.runner;
          const expiresAt = this.time + LEASE_SECONDS;
          this.runners.set(call.runner.id, { name, host, state: 'active', heartbeats: 0, expiresAt });
        }
        return undefined;
      case 'heartbeat': {
        const runner = this.#living(call.runnerId);
        if (!runner) return false;
        runner.heartbeats += 1;
        runner.expiresAt = this.time + LEASE_SECONDS;
        return true;
      }
      case 'drain': {
        const runner = this.runners.get(call.runnerId);
        if (runner?.state === 'active') runner.state = 'draining';
        return undefined;
      }
      case 'deregister': {
        assert.equal(this.#leasesOf(call.runnerId), 0, 'deregistered with leases');
        const runner = this.runners.get(call.runnerId);
        if (runner) runner.state = 'gone';
        return undefined;
      }
      case 'declareDead': {
        const runner = this.#living(call.runnerId);
        if (!runner || runner.heartbeats !== call.heartbeats) return false;
        if (!call.ignoreExpiry && runner.expiresAt >= this.time) return false;
        runner.state = 'dead';
        return true;
      }
      case 'claim':
        return this.#claim(call, (given ?? learnt.claimed) as readonly Claimed[] | undefined, learnt);
      case 'addAndClaim':
        return this.#addAndClaim(call, (given ?? learnt.claimed) as readonly Claimed[] | undefined, learnt);
      case 'record':
        return this.#write(call.writes, given as RecordOutcome | undefined);
      case 'release':
        for (const { startedAt, ...ref } of call.attempts) this.#release(ref, startedAt);
        return undefined;
      case 'reap':
        return this.#recover(given as readonly Reaped[] | undefined, learnt.before);
      case 'reset':
        return this.#reset(call.selection, learnt.before);
      default:
        return call satisfies never;
    }
  }

  #fill(seeds: readonly number[], learnt: Learnt) {
    let added = 0;
    for (const seed of seeds) if (this.#insert(seed, learnt)) added += 1;
    return { added, existing: seeds.length - added };
  }

  #insert(seed: number, learnt: Learnt): ModelRow | undefined {
    if ([...this.rows.values()].some((row) => row.seed === seed)) return undefined;
    const id = learnt.idOf(seed);
    assert.ok(id !== undefined && !this.rows.has(id), `seed ${seed} was not added`);
    assert.ok(id > Math.max(0, ...this.rows.keys()), `the id ${id} of seed ${seed} is not new`);
    const nothing = { start: null, end: null, name: null, machine: null, first: null, second: null, error: null };
    const row = { id, seed, status: 'created', ...nothing };
    this.rows.set(id, row);
    return row;
  }

  #claim(
    {
      request: { runnerId, count, order, only, maxLosses = Number.POSITIVE_INFINITY },
    }: Extract<Call, { method: 'claim' }>,
    claimed: readonly Claimed[] | undefined,
    learnt: Learnt,
  ): unknown {
    const runner = this.runners.get(runnerId);
    if (runner?.state !== 'active') return undefined;
    assert.ok(claimed, 'the runner is active');
    const wanted = (row: ModelRow) =>
      row.status === (only?.status ?? 'created') && !this.leases.has(row.id) && this.#losses(row.id) <= maxLosses;
    const open = [...this.rows.values()].filter((row) => wanted(row) && (!only || only.ids.includes(row.id)));
    const lowest = open
      .map(({ id }) => id)
      .sort((one, other) => one - other)
      .slice(0, count);
    const ids = claimed.map(({ experimentId }) => experimentId);
    if (order === 'random' || !learnt.exactOrder) {
      // rows that another transaction has locked at this moment are passed over
      if (learnt.exactOrder || !learnt.atOnce) assert.equal(ids.length, lowest.length, 'claims as many as are open');
      assert.equal(new Set(ids).size, ids.length, 'claims each once');
      assert.ok(ids.length <= lowest.length, 'claims no more than it was asked for');
      for (const id of ids)
        assert.ok(
          open.some((row) => row.id === id),
          `claims ${id}, which is not open`,
        );
    } else
      assertSame(
        ids.toSorted((one, other) => one - other),
        lowest,
        'claims the lowest',
      );
    for (const one of claimed) this.#begin(one, runnerId, runner, only?.status === 'paused');
    return ANY;
  }

  #addAndClaim(
    { runnerId, seed }: Extract<Call, { method: 'addAndClaim' }>,
    claimed: readonly Claimed[] | undefined,
    learnt: Learnt,
  ): unknown {
    const runner = this.runners.get(runnerId);
    const exists = [...this.rows.values()].some((row) => row.seed === seed);
    if (exists) return undefined;
    assert.ok(runner?.state === 'active', 'adds for a runner that is not active');
    const row = this.#insert(seed, learnt);
    const [one] = claimed ?? [];
    assert.ok(row && one?.experimentId === row.id, 'claims what it adds');
    this.#begin(one, runnerId, runner, false);
    return ANY;
  }

  #begin(one: Claimed, runnerId: string, { name, host }: ModelRunner, resumed: boolean): void {
    const row = this.rows.get(one.experimentId);
    assert.ok(row);
    const past = this.#history(row.id);
    if (past.some(({ outcome, superseded }) => outcome === 'done' && !superseded)) this.#supersede(row.id);
    assert.equal(one.number, past.length + 1, 'the number of the attempt');
    assertSame(one.keyfields, { seed: row.seed }, 'the keyfields of the attempt');
    const paused = resumed ? { row: { ...row }, logs: this.logs.get(row.id) } : undefined;
    const start = resumed && row.start !== null ? row.start : 'now';
    Object.assign(row, { status: 'running', start, name, machine: host, end: null, error: null });
    if (!resumed) this.#forgetReports(row);
    const { experimentId, attemptId, number } = one;
    this.leases.set(row.id, {
      experimentId,
      attemptId,
      number,
      runnerId,
      progress: null,
      paused,
      lastLogs: undefined,
    });
    this.byHand.delete(row.id);
    this.acknowledged.delete(row.id);
  }

  #write(writes: readonly AttemptWrite[], given: RecordOutcome | undefined): unknown {
    const lost = new Set<string>();
    const refused = new Set<string>();
    const before = new Map([...this.leases].map(([id, { attemptId, lastLogs }]) => [id, { attemptId, lastLogs }]));
    for (const write of writes) {
      const lease = this.leases.get(write.experimentId);
      const held = before.get(write.experimentId)?.attemptId === write.attemptId;
      if (!held) {
        const said = writes.filter(({ attemptId }) => attemptId === write.attemptId);
        if (!said.some((one) => this.#isRecorded(one))) lost.add(write.attemptId);
      } else if (!this.rows.has(write.experimentId)) {
        this.leases.delete(write.experimentId);
        lost.add(write.attemptId);
      } else if (write.results?.['size'] === TOO_BIG) refused.add(write.attemptId);
      else if (lease) {
        const first = writes.find(
          ({ attemptId, logsId }) => attemptId === write.attemptId && logsId !== undefined,
        )?.logsId;
        const again = first !== undefined && before.get(write.experimentId)?.lastLogs === first;
        this.#writeOne(write, lease, again, first);
      }
    }
    if (!given) return ANY;
    const outcome = { lost: new Set(given.lost), refused: new Set(given.refused.map(({ attemptId }) => attemptId)) };
    assertSame(outcome, { lost, refused }, 'record answers');
    return ANY;
  }

  /** An end that an earlier call has written: only its answer was lost. */
  #isRecorded({ experimentId, attemptId, end }: AttemptWrite): boolean {
    return this.#history(experimentId).some((past) => past.attemptId === attemptId && past.outcome === end?.outcome);
  }

  #writeOne(
    { results, logs, progress, end, ...ref }: AttemptWrite,
    lease: ModelLease,
    again: boolean,
    logsId: string | undefined,
  ): void {
    const row = this.rows.get(ref.experimentId);
    assert.ok(row);
    if (results) {
      row.first = String(results['first']);
      row.second = String(results['second']);
    }
    if (logs && (!again || end)) {
      this.logs.set(row.id, [...(this.logs.get(row.id) ?? []), ...logs.map(({ row: log }) => String(log['text']))]);
      lease.lastLogs = logsId;
    }
    if (progress !== undefined) lease.progress = progress;
    if (!end) return;
    this.#record(lease, end.outcome, end.startedAt, end.endedAt, end.error);
    if (end.retryAs === undefined) {
      Object.assign(row, { status: end.status, end: ENDED.slice(0, 19), error: end.error });
      this.leases.delete(row.id);
      this.byHand.delete(row.id);
      this.acknowledged.set(row.id, { attemptId: ref.attemptId, outcome: end.outcome, token: row.first });
    } else {
      Object.assign(lease, { attemptId: end.retryAs, number: lease.number + 1, progress: null, lastLogs: undefined });
      if (lease.paused) this.#restoreReports(row, lease.paused);
      else this.#forgetReports(row);
    }
  }

  /** A resumed one has again what it had reported when it was paused. */
  #restoreReports(row: ModelRow, { row: { first, second }, logs }: Paused): void {
    Object.assign(row, { first, second });
    if (logs) this.logs.set(row.id, [...logs]);
    else this.logs.delete(row.id);
  }

  #reopen(row: ModelRow, { paused }: ModelLease): void {
    if (paused) {
      this.#restoreReports(row, paused);
      const { start, end, name, machine, error } = paused.row;
      Object.assign(row, { status: 'paused', start, end, name, machine, error });
    } else Object.assign(row, reopened);
  }

  /** An attempt begins from nothing. */
  #forgetReports(row: ModelRow): void {
    row.first = row.second = null;
    this.logs.delete(row.id);
  }

  #release({ experimentId, attemptId }: { experimentId: number; attemptId: string }, startedAt?: string): void {
    const lease = this.leases.get(experimentId);
    if (lease?.attemptId !== attemptId) return;
    this.leases.delete(experimentId);
    if (startedAt !== undefined) this.#record(lease, 'released', startedAt, 'now', 'given back');
    const row = this.rows.get(experimentId);
    if (row?.status !== 'running') return;
    this.#reopen(row, lease);
  }

  #orphans(): ModelLease[] {
    return [...this.leases.values()].filter(({ runnerId }) => !this.#living(runnerId));
  }

  #recover(given: readonly Reaped[] | undefined, before?: Model): unknown {
    const recovered: Reaped[] = [];
    const seen = before && new Set(before.#orphans().map(({ attemptId }) => attemptId));
    for (const lease of this.#orphans().filter(({ attemptId }) => seen?.has(attemptId) ?? true)) {
      const { experimentId, attemptId, number, runnerId } = lease;
      this.leases.delete(experimentId);
      this.#record(lease, 'lost', 'now', 'now', 'lost');
      const losses = this.#losses(experimentId);
      const status = losses >= MAX_ATTEMPTS ? 'error' : lease.paused ? 'paused' : 'created';
      recovered.push({ experimentId, attemptId, number, runnerId, status });
      const row = this.rows.get(experimentId);
      if (row?.status !== 'running') continue;
      if (status === 'error') Object.assign(row, { status, end: 'now', error: `lost ${losses}` });
      else this.#reopen(row, lease);
    }
    for (const [id, runner] of this.runners)
      if (runner.state === 'dead' && this.#leasesOf(id) === 0) runner.state = 'gone';
    if (!given) return ANY;
    const byId = (one: Reaped, other: Reaped) => one.experimentId - other.experimentId;
    assertSame(given.toSorted(byId), recovered.sort(byId), 'reap answers');
    return ANY;
  }

  #selected({ statuses, ids }: Extract<Call, { method: 'reset' }>['selection']): ModelRow[] {
    return [...this.rows.values()].filter(
      ({ id, status }) =>
        (statuses?.includes(status as ExperimentStatus) ?? true) &&
        (ids?.some(([first, last]) => first <= id && id <= last) ?? true),
    );
  }

  #reset(selection: Extract<Call, { method: 'reset' }>['selection'], before?: Model) {
    const seen = before && new Set(before.#selected(selection).map(({ id }) => id));
    const chosen = this.#selected(selection).filter(({ id }) => seen?.has(id) ?? true);
    const free = chosen.filter(({ id }) => !this.leases.has(id));
    for (const row of free) {
      Object.assign(row, { ...reopened, end: null, error: null, first: null, second: null });
      this.#supersede(row.id);
      this.byHand.delete(row.id);
      this.acknowledged.delete(row.id);
    }
    return { reset: free.length, leased: chosen.length - free.length };
  }

  #record(
    { experimentId, attemptId, number, runnerId }: LeaseView,
    outcome: AttemptView['outcome'],
    started: string,
    ended: string,
    detail: string | null,
  ): void {
    this.#history(experimentId).push({
      attemptId,
      number,
      runnerId,
      outcome,
      superseded: false,
      started,
      ended,
      detail,
    });
  }

  #losses(id: number): number {
    return this.#history(id).filter(({ outcome, superseded }) => outcome === 'lost' && !superseded).length;
  }

  #supersede(id: number): void {
    for (const attempt of this.#history(id)) attempt.superseded = true;
  }

  #history(id: number): Mutable<AttemptView>[] {
    const history = this.attempts.get(id) ?? [];
    this.attempts.set(id, history);
    return history;
  }

  #living(runnerId: string): ModelRunner | undefined {
    const runner = this.runners.get(runnerId);
    return runner?.state === 'active' || runner?.state === 'draining' ? runner : undefined;
  }

  #leasesOf(runnerId: string): number {
    return [...this.leases.values()].filter((lease) => lease.runnerId === runnerId).length;
  }

  // --- what happens behind the repository's back

  expire(runnerId: string): void {
    const runner = this.runners.get(runnerId);
    if (runner) runner.expiresAt = this.time - 1;
  }

  /** A foreign process claims or ends an experiment, or somebody writes its status by hand. */
  overwrite(id: number, columns: Partial<ModelRow>): void {
    const row = this.rows.get(id);
    if (!row) return;
    Object.assign(row, columns);
    this.byHand.add(id);
    this.acknowledged.delete(id);
  }

  vanish(id: number): void {
    this.rows.delete(id);
    this.logs.delete(id); // their rows refer to the experiment's
    this.acknowledged.delete(id);
  }

  // --- what there must be to see

  view(): View {
    const rows = [...this.rows.values()].sort((one, other) => one.id - other.id).map((row) => ({ ...row }));
    const count = (status: string) => rows.filter((row) => row.status === status).length;
    return {
      rows,
      leases: [...this.leases.values()]
        .map(({ paused: _, lastLogs: __, ...lease }) => lease)
        .sort((one, other) => one.experimentId - other.experimentId),
      attempts: new Map([...this.attempts].filter(([, past]) => past.length > 0)),
      logs: this.logs,
      runners: [...this.runners]
        .flatMap(([id, { state, heartbeats, expiresAt }]) =>
          state === 'gone'
            ? []
            : [{ id, state, heartbeats, expired: expiresAt < this.time, running: this.#leasesOf(id) }],
        )
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
      counts: Object.fromEntries(experimentStatuses.map((status) => [status, count(status)])) as View['counts'],
      foreign: rows.filter(({ id, status }) => status === 'running' && !this.leases.has(id)).length,
    };
  }
}

const ANY = Symbol('judged already');
const reopened = { status: 'created', start: null, name: null, machine: null };
export const foreignClaim = { status: 'running', start: FOREIGN_DATE, name: 'foreign', machine: 'elsewhere' };
export const foreignEnd = (status: string) => ({ status, end: FOREIGN_DATE });

/** What the model may learn from the repository because the contract leaves it open. */
export interface Learnt {
  idOf(seed: number): number | undefined;
  /** The leases made by a claim whose answer was lost. */
  readonly claimed?: readonly Claimed[];
  /** Claims take the lowest ids, without exception. */
  readonly exactOrder: boolean;
  /** Another call was under way. */
  readonly atOnce: boolean;
  /** What there was when this call had its first look; what has joined since is left to the next call. */
  readonly before?: Model;
}

export const assertSame = (actual: unknown, expected: unknown, what: string): void => {
  // assert's own comparison of texts is slow, and only wanted when there is something to say
  if (!isDeepStrictEqual(actual, expected)) assert.deepEqual(actual, expected, what);
};
