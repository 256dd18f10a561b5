import type { Runner } from '../../domain/experiment/runner.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';
import { heartbeatProgress } from '../ports/worker-messages.ts';
import { Actor } from './actor.ts';
import { backoff } from './database-outage.ts';
import { Heartbeat, type HeartbeatDependencies } from './heartbeat.ts';
import type { Committed, PersistenceMessage, Release, RunEnd } from './messages.ts';
import { LARGEST_COMMIT, PendingWrites } from './pending-writes.ts';

/** Size of the pending writes (about characters) above which workers must wait, and below which they go on. */
const FULL = 8 * 1024 * 1024;
const ROOMY = FULL / 4;
/** Time the first message waits before a commit, so that others share it: a commit costs milliseconds however large it is. */
const GATHER_MILLISECONDS = 10;

export interface PersistenceDependencies extends HeartbeatDependencies {
  readonly onFault: (error: unknown) => void;
}

/**
 * What a runner writes into the database: the results of its experiments, and its heartbeats.
 *
 * What arrives while a commit is under way goes into the next one together (group commit). The results, log rows and
 * outcome of an experiment are in one transaction. While the database is away everything is kept and tried again.
 * Whether a late write still counts is decided by the lease.
 *
 * Commits and heartbeats do not wait for each other: this actor never waits for an answer of the database, which comes
 * as a message, and either side has a flag of its own for a call under way.
 */
export class Persistence extends Actor<PersistenceMessage> {
  readonly #deps: PersistenceDependencies;
  readonly #heartbeat: Heartbeat;
  readonly #writes = new PendingWrites();
  #releases: Release[] = [];
  #committing = false;
  /** Whether the next commit waits for more messages. */
  #commit: 'not planned' | 'planned' | 'due' = 'not planned';
  /**
   * `broken`: a commit has failed for good, and none is tried until the run stops. `last`: each is tried once more.
   * `written`: nothing is written any more.
   */
  #mode: 'running' | 'broken' | 'stopping' | 'last' | 'written' = 'running';
  /** What the orchestrator was last told about backpressure. */
  #full = false;
  /** Ends the wait before the next try. */
  #retryNow: () => void = () => {};
  readonly #over = Promise.withResolvers<void>();

  constructor(deps: PersistenceDependencies, runner: Runner, options: RunnerOptions) {
    super(deps.onFault);
    this.#deps = deps;
    this.#heartbeat = new Heartbeat(deps, runner, options, (message) => this.tell(message));
  }

  /** The id under which this runner claims now. */
  get runnerId(): string {
    return this.#heartbeat.runnerId;
  }

  /** Attempts that wait for their release and were never executed. */
  get unstarted(): ReadonlySet<string> {
    const attempts = this.#releases.flatMap((release) => release.attempts);
    return new Set(attempts.filter(({ startedAt }) => startedAt === undefined).map(({ attemptId }) => attemptId));
  }

  /** Registers the runner, and begins to send heartbeats. `blocking`: experiments run in this thread and may block it. */
  async start(blocking: boolean): Promise<void> {
    await this.#heartbeat.start(blocking);
  }

  /**
   * Resolves when everything told before is in the database, and no heartbeat is sent any more. `failed`: everything is
   * tried once, and no more heartbeats are sent meanwhile. Idempotent; `failed` may follow `ended`.
   */
  async stop(end: RunEnd): Promise<void> {
    this.tell({ type: 'stop', end });
    await this.#over.promise;
    await this.#heartbeat.stop();
  }

  protected override receive(message: PersistenceMessage): void {
    switch (message.type) {
      case 'write':
        this.#writes.add(message.write);
        break;
      case 'heartbeatReceived': {
        const { experimentId, attemptId, at } = message;
        this.#writes.add({ experimentId, attemptId, progress: heartbeatProgress(at) });
        break;
      }
      case 'release':
        this.#releases.push(message);
        break;
      case 'commitDue':
        this.#commit = 'due';
        break;
      case 'committed':
        this.#recorded(message);
        break;
      case 'released':
        this.#releases.shift();
        this.#release(message.left);
        break;
      case 'commitFailed':
        this.#committing = false;
        this.#writes.putBack(message.writes);
        this.#mode = this.#mode === 'last' ? 'written' : 'broken';
        throw message.error;
      case 'stop':
        this.#stop(message.end);
        break;
      case 'drain':
        this.#heartbeat.drain();
        break;
      case 'heartbeatDue':
        this.#heartbeat.beat();
        break;
      case 'heartbeatAnswered':
        this.#heartbeat.answered(message);
        break;
      case 'runnerRegistered':
        this.#heartbeat.registered(message);
        break;
      case 'drainAnswered':
        this.#heartbeat.drainAnswered();
        break;
      case 'leasesRead':
        this.#heartbeat.leasesRead(message);
        break;
      case 'reapAnswered':
        this.#heartbeat.reaped(message);
        break;
      case 'heartbeatFailed':
        this.#heartbeat.failed(message.error);
        break;
      case 'leaseDoubtDue':
        this.#heartbeat.doubt();
        break;
      default:
        message satisfies never;
    }
  }

  protected override onIdle(): void {
    this.#tellBackpressure();
    if (!this.#committing) this.#commitIfDue();
    if (this.#mode !== 'written') return;
    void this.#heartbeat.stop();
    if (!this.#heartbeat.beating) this.#over.resolve();
  }

  #tellBackpressure(): void {
    const { weight } = this.#writes;
    if (this.#full ? weight > ROOMY : weight < FULL) return;
    this.#full = !this.#full;
    this.#deps.tellOrchestrator({ type: 'backpressureChanged', full: this.#full });
  }

  #stop(end: RunEnd): void {
    if (this.#mode === 'written') return;
    if (end === 'failed') {
      this.#mode = 'last';
      void this.#heartbeat.stop();
      this.#retryNow();
    } else if (this.#mode === 'running') this.#mode = 'stopping';
  }

  // --- commits

  #commitIfDue(): void {
    if (this.#mode === 'broken' || this.#mode === 'written') return;
    const stopping = this.#mode !== 'running';
    if (this.#writes.size === 0 && this.#releases.length === 0) {
      if (stopping) this.#mode = 'written';
    } else if (stopping || this.#commit === 'due' || this.#writes.size >= LARGEST_COMMIT) {
      this.#startCommit();
    } else if (this.#commit === 'not planned') {
      this.#commit = 'planned';
      this.#deps.clock.after(GATHER_MILLISECONDS, () => this.tell({ type: 'commitDue' }));
    }
  }

  #startCommit(): void {
    this.#commit = 'not planned';
    this.#committing = true;
    const writes = this.#writes.take();
    if (writes.length === 0) this.#release(this.#releases.length);
    else
      this.#persistently(() => this.#deps.repository.record(writes)).then(
        (outcome) => this.tell({ type: 'committed', writes, outcome }),
        (error: unknown) => this.tell({ type: 'commitFailed', writes, error }),
      );
  }

  #recorded({ writes, outcome }: Committed): void {
    const { recorded, lost } = this.#writes.answered(writes, outcome);
    if (recorded.length > 0 || lost.length > 0) this.#deps.tellOrchestrator({ type: 'recorded', recorded, lost });
    this.#release(this.#releases.length);
  }

  /** The last part of a commit: the oldest `count` releases. */
  #release(count: number): void {
    const [next] = this.#releases;
    this.#committing = count > 0 && next !== undefined;
    if (count === 0 || next === undefined) return;
    this.#persistently(() => this.#deps.repository.release(next.attempts, next.reason)).then(
      () => this.tell({ type: 'released', left: count - 1 }),
      (error: unknown) => this.tell({ type: 'commitFailed', writes: [], error }),
    );
  }

  /** A call without an answer is repeated: the attempt's id lets the database recognise a transaction that it has. */
  async #persistently<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await call();
        this.#deps.outage.succeeded('commits');
        return result;
      } catch (error) {
        if (!this.#deps.outage.failed('commits', error) || this.#mode === 'last') throw error;
        await new Promise<void>((resolve) => {
          const cancel = this.#deps.clock.after(backoff(failures), resolve);
          this.#retryNow = () => {
            cancel();
            resolve();
          };
        });
      }
    }
  }
}
