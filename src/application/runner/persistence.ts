import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, RecordOutcome } from '../../domain/repository/runner-protocol.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import { rowWeight } from '../../domain/values/estimated-size.ts';
import { Actor } from './actor.ts';
import type { BackpressureChanged, PersistenceMessage, Release, Recorded } from './messages.ts';
import { backoff, type DatabaseOutage } from './database-outage.ts';
import { newId } from '../ports/new-id.ts';
import type { Clock } from '../ports/ports.ts';

/** What one attempt has said since the last commit; grows in place, an experiment may log a great deal. */
type Draft = Mutable<Omit<AttemptWrite, 'logs'>> & { logs?: LogEntry[] };
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type LogEntry = NonNullable<AttemptWrite['logs']>[number];

/** Attempts in one commit. */
const LARGEST_COMMIT = 2_048;
/** What may wait for a commit, by weight (about characters), before nobody should say more; and until when. */
const FULL = 8 * 1024 * 1024;
const ROOMY = FULL / 4;
/** How long the first message waits for company: a commit costs milliseconds of a disk, however much is in it. */
const GATHER_MILLISECONDS = 10;

/**
 * The single writer of a runner. What arrives while a commit is under way goes into the next one together (group
 * commit); an experiment's results, logs and end land in the same transaction or not at all. While the database is
 * away everything is kept and tried again: whether a late write still counts is the lease's answer, nobody's guess.
 */
export class Persistence extends Actor<PersistenceMessage> {
  readonly #repository: Pick<RunnerProtocol, 'record' | 'release'>;
  readonly #clock: Clock;
  readonly #databaseOutage: DatabaseOutage;
  readonly #answer: (message: Recorded | BackpressureChanged) => void;
  #pending = new Map<string, Draft>();
  #releases: Release[] = [];
  /** Attempts of which the database refused a value in mid-run: they end as errors that say so. */
  readonly #refused = new Map<string, string>();
  #committing = false;
  /** Log rows and results that are kept, those of the commit under way included. */
  #weight = 0;
  #full = false;
  /** `commit` has been asked for, or the clock will ask for it. */
  #due: 'no' | 'soon' | 'now' = 'no';
  /** `broken`: a commit has failed for good, none is tried until the run gives up; `last`: one more try of each. */
  #mode: 'running' | 'broken' | 'stopping' | 'last' | 'over' = 'running';
  /** Ends the wait before the next try. */
  #retryNow: () => void = () => {};
  readonly #stopped = Promise.withResolvers<void>();

  constructor(
    deps: {
      readonly repository: Pick<RunnerProtocol, 'record' | 'release'>;
      readonly clock: Clock;
      readonly outage: DatabaseOutage;
    },
    answer: (message: Recorded | BackpressureChanged) => void,
    onFault: (error: unknown) => void,
  ) {
    super(onFault);
    this.#repository = deps.repository;
    this.#clock = deps.clock;
    this.#databaseOutage = deps.outage;
    this.#answer = answer;
  }

  /** Fulfilled when everything told before `stop` is in the database, or `giveUp` has tried. Nothing is written afterwards. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Attempts that wait to be given back and were never executed. */
  get unstarted(): ReadonlySet<string> {
    const attempts = this.#releases.flatMap((release) => release.attempts);
    return new Set(attempts.filter(({ startedAt }) => startedAt === undefined).map(({ attemptId }) => attemptId));
  }

  protected override receive(message: PersistenceMessage): void {
    if (this.#mode === 'over') return;
    switch (message.type) {
      case 'write':
        this.#keep(message.write);
        break;
      case 'release':
        this.#releases.push(message);
        break;
      case 'commit':
        this.#due = 'now';
        break;
      case 'committed':
        this.#committing = false;
        break;
      case 'commitFailed':
        this.#committing = false;
        this.#mode = this.#mode === 'last' ? 'over' : 'broken';
        throw message.error;
      case 'stop':
        if (this.#mode === 'running') this.#mode = 'stopping';
        break;
      case 'giveUp':
        this.#mode = 'last';
        this.#retryNow();
        break;
      default:
        message satisfies never;
    }
  }

  protected override onIdle(): void {
    this.#warn();
    if (this.#mode === 'over') this.#stopped.resolve();
    if (this.#committing || this.#mode === 'broken' || this.#mode === 'over') return;
    const ending = this.#mode !== 'running';
    if (this.#pending.size === 0 && this.#releases.length === 0) {
      if (!ending) return;
      this.#mode = 'over';
      this.#stopped.resolve();
    } else if (this.#due === 'now' || ending || this.#pending.size >= LARGEST_COMMIT) {
      this.#due = 'no';
      this.#committing = true;
      this.#commit().then(
        () => this.tell({ type: 'committed' }),
        (error: unknown) => this.tell({ type: 'commitFailed', error }),
      );
    } else if (this.#due === 'no') {
      this.#due = 'soon';
      this.#clock.after(GATHER_MILLISECONDS, () => this.tell({ type: 'commit' }));
    }
  }

  #warn(): void {
    if (this.#full ? this.#weight > ROOMY : this.#weight < FULL) return;
    this.#full = !this.#full;
    this.#answer({ type: 'backpressureChanged', full: this.#full });
  }

  #keep(write: AttemptWrite): void {
    this.#weight += weightOf(write);
    const draft = this.#pending.get(write.attemptId);
    if (draft === undefined) {
      const { logs, ...rest } = write;
      this.#pending.set(write.attemptId, logs ? { ...rest, logs: [...logs] } : rest);
      return;
    }
    if (write.results) draft.results = { ...draft.results, ...write.results };
    if (write.logs) (draft.logs ??= []).push(...write.logs);
    if (write.progress !== undefined) draft.progress = write.progress;
    if (write.end) draft.end = write.end;
  }

  async #commit(): Promise<void> {
    const writes = this.#next();
    if (writes.length > 0) {
      const outcome = await this.#persistently(() => this.#repository.record(writes)).catch((error: unknown) => {
        this.#requeue(writes);
        throw error;
      });
      this.#weight = [...this.#pending.values()].reduce((sum, write) => sum + weightOf(write), 0);
      this.#answerRecorded(writes, outcome);
    }
    for (let left = this.#releases.length; left > 0; left -= 1) {
      const [next] = this.#releases;
      if (next) await this.#persistently(() => this.#repository.release(next.attempts, next.reason));
      this.#releases.shift();
    }
  }

  /** What was not written, before what has arrived since. */
  #requeue(writes: readonly AttemptWrite[]): void {
    const since = this.#pending;
    this.#pending = new Map();
    this.#weight = 0;
    for (const write of [...writes, ...since.values()]) this.#keep(write);
  }

  #next(): AttemptWrite[] {
    const writes: AttemptWrite[] = [];
    for (const [attemptId, write] of this.#pending) {
      if (writes.length === LARGEST_COMMIT) break;
      this.#pending.delete(attemptId);
      const reason = this.#refused.get(attemptId);
      if (write.logs) write.logsId = newId();
      writes.push(reason !== undefined && write.end ? asError(write, reason) : write);
      if (write.end) this.#refused.delete(attemptId);
    }
    return writes;
  }

  #answerRecorded(writes: readonly AttemptWrite[], outcome: RecordOutcome): void {
    const lostIds = new Set(outcome.lost);
    const refused = new Map(outcome.refused.map(({ attemptId, reason }) => [attemptId, reason]));
    const recorded: AttemptWrite[] = [];
    const lost: AttemptRef[] = [];
    for (const write of writes) {
      const reason = refused.get(write.attemptId);
      if (lostIds.has(write.attemptId)) lost.push(write);
      else if (reason !== undefined && write.end) this.#keep(asError(write, reason));
      else if (reason !== undefined) this.#refused.set(write.attemptId, reason);
      else if (write.end) recorded.push(write);
    }
    if (recorded.length > 0 || lost.length > 0) this.#answer({ type: 'recorded', recorded, lost });
  }

  /** Every transaction can be repeated (the attempt's id makes it recognisable), so an unknown answer is simply asked again. */
  async #persistently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await work();
        this.#databaseOutage.succeeded('commits');
        return result;
      } catch (error) {
        if (!this.#databaseOutage.failed('commits', error) || this.#mode === 'last') throw error;
        await new Promise<void>((resolve) => {
          const callOff = this.#clock.after(backoff(failures), resolve);
          this.#retryNow = () => {
            callOff();
            resolve();
          };
        });
      }
    }
  }
}

const weightOf = ({ results, logs }: AttemptWrite): number => {
  let weight = results ? rowWeight(results) : 0;
  for (const { row } of logs ?? []) weight += rowWeight(row);
  return weight;
};

/**
 * The same end without what the database refused: results and logs, and if it had none, what the attempt consumed.
 */
const asError = ({ experimentId, attemptId, results, logs, end }: AttemptWrite, reason: string): AttemptWrite => {
  if (!end) return { experimentId, attemptId };
  const { emissions, ...rest } = end;
  const more = emissions && (results || logs) ? { emissions } : {};
  return { experimentId, attemptId, end: { ...rest, outcome: 'error', status: 'error', error: reason, ...more } };
};
