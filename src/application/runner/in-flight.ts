import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { Row } from '../../domain/values/column.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../../domain/repository/runner-protocol.ts';
import { timestamp } from '../../domain/values/date-column.ts';
import { type Left, type Outcome, PendingOutcomes } from './outcomes.ts';
import type { PersistenceMessage } from './messages.ts';
import type { Clock, Log } from '../ports/ports.ts';
import { Retries } from './retries.ts';
import type { RunEvent } from './run-events.ts';

/** What the experiments in flight need from outside. */
export interface InFlightDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly tellPersistence: (message: PersistenceMessage) => void;
  readonly onEvent: (event: RunEvent) => void;
  /** The study declares results: the event of an experiment that is done without any says so. Default: false. */
  readonly resultsExpected?: boolean;
}

/** Whether there is any result. */
const hasAny = (results: Row): boolean => {
  for (const name in results) if (results[name] !== null && results[name] !== undefined) return true;
  return false;
};

/**
 * Everything under a lease of this runner, from its claim until its outcome is recorded or its lease released:
 *
 *     add ─► queue ─► (a worker) ─► finish ─► recorded
 *              ▲            │ unstarted rest        │ failed, to be tried again
 *              └────────────┘◄─────── retries ◄─────┘
 *
 * After `drain` everything that has not started is released.
 */
export class InFlight {
  readonly #deps: InFlightDependencies;
  /** By attempt. */
  readonly #attempts = new Map<string, Claimed>();
  #queue: Claimed[] = [];
  readonly #pendingOutcomes: PendingOutcomes;
  readonly #retries: Retries;
  /** Attempts that have reported results. */
  readonly #reported = new WeakSet<Claimed>();
  #draining = false;

  /** `retries`: how often a failed experiment is tried again. `onDue`: its next attempt is due. */
  constructor(deps: InFlightDependencies, retries: number, onDue: (attemptId: string) => void) {
    this.#deps = deps;
    this.#pendingOutcomes = new PendingOutcomes({
      ...deps,
      write: (write) => deps.tellPersistence({ type: 'write', write }),
    });
    this.#retries = new Retries(deps.clock, retries, onDue);
  }

  /** Experiments that wait for a worker. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Attempts that have ended, and whose outcome is not recorded yet. */
  get unrecorded(): number {
    return this.#pendingOutcomes.size;
  }

  /** Nothing waits for a worker, for a commit or for a retry. */
  get isEmpty(): boolean {
    return this.#queue.length + this.#pendingOutcomes.size + this.#retries.size === 0;
  }

  /** The attempt, if this runner holds it and it has not ended. */
  unended(attemptId: string): Claimed | undefined {
    return this.#pendingOutcomes.has(attemptId) ? undefined : this.#attempts.get(attemptId);
  }

  allUnended(): readonly Claimed[] {
    return [...this.#attempts.values()].filter(({ attemptId }) => !this.#pendingOutcomes.has(attemptId));
  }

  /** These are claimed. */
  add(claimed: readonly Claimed[]): void {
    for (const one of claimed) {
      this.#attempts.set(one.attemptId, one);
      const { experimentId: id, number: attempt, keyfields } = one;
      this.#deps.onEvent({ event: 'claimed', id, attempt, keyfields });
    }
    this.#queue.push(...claimed);
    if (this.#draining) this.#releaseQueue();
  }

  /** Takes the next experiments for a worker from the queue. */
  next(count: number): readonly Claimed[] {
    return this.#queue.splice(0, count);
  }

  /** A worker has not started these: they go to the front of the queue. */
  requeue(unstarted: readonly Claimed[]): void {
    this.#queue.unshift(...unstarted.filter(({ attemptId }) => this.#attempts.has(attemptId)));
    if (this.#draining) this.#releaseQueue();
  }

  /** A running experiment has reported these results. */
  reported(claimed: Claimed, results: Row): void {
    if (hasAny(results)) this.#reported.add(claimed);
  }

  /** The retry of an experiment is due. */
  retryDue(attemptId: string): void {
    const next = this.#retries.take(attemptId);
    if (next) this.#queue.push(next);
  }

  /** An execution has ended. Its outcome is recorded, its lease is released, or another runner holds the lease now. */
  finish(claimed: Claimed, end: Outcome, startedAt: Date, left: Left): void {
    const { experimentId, attemptId } = claimed;
    if (end === 'lost') {
      this.#attempts.delete(attemptId);
    } else if (end === 'released') {
      this.#release([{ experimentId, attemptId, startedAt: timestamp(startedAt) }], 'stopped by its runner');
    } else {
      const failed = end.outcome === 'error' || end.outcome === 'timeout';
      if (!failed) this.#retries.succeeded(claimed);
      const next = failed && !this.#draining ? this.#retries.next(claimed) : undefined;
      if (next) this.#attempts.set(next.attemptId, next);
      this.#pendingOutcomes.add(claimed, end, {
        ...left,
        next,
        withoutResults: this.#lacksResults(claimed, end, left),
      });
    }
  }

  #lacksResults(claimed: Claimed, { outcome }: AttemptEnd, { results }: Left): boolean {
    if (outcome !== 'done' || !this.#deps.resultsExpected) return false;
    return !claimed.hasResults && !this.#reported.has(claimed) && !hasAny(results);
  }

  /** The outcomes of these are recorded. */
  recorded(recorded: readonly AttemptWrite[]): void {
    for (const write of recorded) {
      this.#attempts.delete(write.attemptId);
      const next = this.#pendingOutcomes.recorded(write);
      if (next && this.#draining) this.#release([next], 'the runner is stopping');
      else if (next) this.#retries.wait(next);
    }
  }

  /** These hold no lease any more, and nothing of them will be recorded. Returns those that were in flight until now. */
  revoke(attempts: readonly AttemptRef[]): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const { attemptId, experimentId } of attempts) {
      const claimed = this.#attempts.get(attemptId);
      if (claimed === undefined) continue;
      this.#attempts.delete(attemptId);
      ids.add(attemptId);
      const next = this.#pendingOutcomes.forget(attemptId);
      if (next) this.#attempts.delete(next.attemptId);
      this.#retries.take(attemptId);
      this.#deps.log.warn(
        `experiment ${experimentId}: the lease of attempt ${attemptId} is lost, its outcome is not recorded`,
      );
      this.#deps.onEvent({ event: 'lost', id: experimentId, attempt: claimed.number });
    }
    if (ids.size > 0) this.#queue = this.#queue.filter(({ attemptId }) => !ids.has(attemptId));
    return ids;
  }

  /** The answer to a claim was lost: leases that this runner does not know are released. */
  releaseUnknown(leases: readonly AttemptRef[]): void {
    const strangers = leases.filter(({ attemptId }) => !this.#attempts.has(attemptId));
    if (strangers.length > 0) this.#release(strangers, 'claimed, but the answer of the database was lost');
  }

  /** Releases everything that has not started, these included, and from now on whatever would be queued. */
  drain(unstarted: readonly Claimed[]): void {
    this.#draining = true;
    this.#queue.push(...unstarted, ...this.#retries.takeAll());
    this.#releaseQueue();
  }

  #releaseQueue(): void {
    if (this.#queue.length > 0) this.#release(this.#queue.splice(0), 'the runner is stopping');
  }

  #release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): void {
    for (const { attemptId, experimentId } of attempts) {
      const claimed = this.#attempts.get(attemptId);
      if (claimed) this.#deps.onEvent({ event: 'released', id: experimentId, attempt: claimed.number });
      this.#attempts.delete(attemptId);
    }
    this.#deps.tellPersistence({ type: 'release', attempts, reason });
  }
}
