import type { Runner } from '../../domain/experiment/runner.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import { newId } from '../ports/new-id.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';
import type { DatabaseOutage } from './database-outage.ts';
import type {
  HeartbeatAnswered,
  HeartbeatMessage,
  LeasesRead,
  OrchestratorMessage,
  ReapAnswered,
  RunnerRegistered,
} from './messages.ts';
import type { Reaper } from './reaper.ts';
import { RunStandby, type RunStandbyDependencies } from './run-standby.ts';

/** The first heartbeat comes early, because leases of a dead predecessor may wait to be reaped. */
const FIRST_MILLISECONDS = 200;
/** The longest wait after a failed heartbeat. */
const FAILED_MILLISECONDS = 1_000;

export interface HeartbeatDependencies extends RunStandbyDependencies {
  readonly repository: RunnerProtocol;
  readonly reaper: Reaper;
  readonly outage: DatabaseOutage;
  readonly tellOrchestrator: (message: OrchestratorMessage) => void;
}

/**
 * Keeps the runner alive in the database: when to send a heartbeat, and when to doubt the lease, each with a timer of its
 * own. One heartbeat counts for everything that the runner executes. It is sent from the main thread, so that a busy
 * worker never makes the runner look dead. While the main thread is blocked, a standby thread sends heartbeats instead.
 *
 * A heartbeat has several steps: the heartbeat itself (and a new registration, if the runner was declared dead), the
 * state `draining`, the comparison of leases, the look for dead runners. Each step is a call of the database that is
 * answered with a message, and the answer starts the next step.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDependencies;
  readonly #options: RunnerOptions;
  readonly #tell: (message: HeartbeatMessage) => void;
  readonly #standby: RunStandby;
  #runner: Runner;
  /** The runner is registered, and has not stopped. */
  #running = false;
  /** A step waits for its answer. */
  #beating = false;
  #trusted = true;
  /** Whether the database is to show this runner as draining. */
  #draining: 'no' | 'wanted' | 'shown' = 'no';
  /** When the next heartbeat should be sent. */
  #dueAt = 0;
  #cancelDue: () => void = () => {};
  #cancelDoubt: () => void = () => {};

  constructor(
    deps: HeartbeatDependencies,
    runner: Runner,
    options: RunnerOptions,
    tell: (message: HeartbeatMessage) => void,
  ) {
    this.#deps = deps;
    this.#standby = new RunStandby(deps, options);
    this.#runner = runner;
    this.#options = options;
    this.#tell = tell;
  }

  get runnerId(): string {
    return this.#runner.id;
  }

  /** A call of the database is not answered yet. */
  get beating(): boolean {
    return this.#beating;
  }

  get #period(): number {
    return this.#options.heartbeatSeconds * 1_000;
  }

  /**
   * Registers the runner, and plans its first heartbeat. `blocking`: experiments run in this thread and may block it from
   * the start.
   */
  async start(blocking: boolean): Promise<void> {
    const sentAt = this.#deps.clock.monotonic();
    await this.#register();
    this.#running = true;
    this.#trustSince(sentAt);
    this.#standby.start(this.#runner.id, sentAt, blocking);
    this.#sendAfter(Math.min(this.#period, FIRST_MILLISECONDS));
  }

  /** No more heartbeats from here on. Resolves when the standby thread has ended. Idempotent. */
  stop(): Promise<void> {
    this.#running = false;
    this.#cancelDue();
    this.#cancelDoubt();
    return this.#standby.close();
  }

  /** Shows other runners that this one claims nothing more, with a heartbeat that is sent at once. */
  drain(): void {
    if (this.#draining === 'no') this.#draining = 'wanted';
    this.beat();
  }

  /** Sends a heartbeat, unless one is under way. */
  beat(): void {
    if (!this.#running || this.#beating) return;
    this.#cancelDue();
    const { repository, clock } = this.#deps;
    const sentAt = clock.monotonic();
    this.#step(
      () => repository.heartbeat(this.#runner.id, this.#options.leaseSeconds),
      (alive) => ({ type: 'heartbeatAnswered', alive, sentAt }),
    );
  }

  answered({ alive, sentAt }: HeartbeatAnswered): void {
    if (alive || !this.#running) {
      this.#succeeded(sentAt);
      return;
    }
    const { id } = this.#runner;
    this.#deps.log.warn(`runner ${id} was declared dead: it stops what it runs and goes on under a new id`);
    this.#runner = { ...this.#runner, id: newId() };
    if (this.#draining === 'shown') this.#draining = 'wanted';
    this.#step(
      () => this.#register(),
      () => ({ type: 'runnerRegistered', sentAt }),
    );
  }

  registered({ sentAt }: RunnerRegistered): void {
    this.#deps.tellOrchestrator({ type: 'runnerReplaced', runnerId: this.#runner.id });
    this.#succeeded(sentAt);
  }

  drainAnswered(): void {
    this.#draining = 'shown';
    this.#readLeases();
  }

  leasesRead(message: LeasesRead): void {
    const { reaper, tellOrchestrator } = this.#deps;
    tellOrchestrator(message);
    this.#step(
      () => reaper.reap(this.#runner.id, 2 * this.#period, this.#options.maxAttempts),
      (reaped) => ({ type: 'reapAnswered', reaped }),
    );
  }

  reaped({ reaped }: ReapAnswered): void {
    const { log, outage, tellOrchestrator } = this.#deps;
    this.#beating = false;
    outage.succeeded('heartbeats');
    if (reaped > 0) {
      log.info(`${reaped} experiments of dead runners were recovered`);
      tellOrchestrator({ type: 'claim' });
    }
    // the random part keeps runners that started together from reaping together
    this.#sendAfter(this.#draining === 'wanted' ? 0 : this.#period * (0.9 + 0.1 * Math.random()));
  }

  /** A step has failed. Throws what no retry can mend. */
  failed(error: unknown): void {
    this.#beating = false;
    if (!this.#deps.outage.failed('heartbeats', error)) throw error;
    this.#deps.reaper.forget();
    this.#sendAfter(Math.min(this.#period, FAILED_MILLISECONDS));
  }

  /** The last successful heartbeat was sent so long ago that other runners may soon declare this one dead. */
  doubt(): void {
    this.#trust(false);
  }

  #succeeded(sentAt: number): void {
    if (!this.#running) {
      this.#beating = false;
      return;
    }
    this.#trustSince(sentAt);
    this.#standby.beaten(this.#runner.id, sentAt);
    if (this.#draining !== 'wanted') this.#readLeases();
    else
      this.#step(
        () => this.#deps.repository.drain(this.#runner.id),
        () => ({ type: 'drainAnswered' }),
      );
  }

  #readLeases(): void {
    const { clock, reaper, repository } = this.#deps;
    // The database, or this whole process, stood still, and so perhaps did the other runners.
    if (clock.monotonic() - this.#dueAt > this.#period) reaper.forget();
    this.#step(
      () => repository.leases(this.#runner.id),
      (leases) => ({ type: 'leasesRead', leases }),
    );
  }

  /** After a stop no further step begins. */
  #step<Answer>(call: () => Promise<Answer>, message: (answer: Answer) => HeartbeatMessage): void {
    this.#beating = this.#running;
    if (!this.#running) return;
    call().then(
      (answer) => this.#tell(message(answer)),
      (error: unknown) => this.#tell({ type: 'heartbeatFailed', error }),
    );
  }

  #register(): Promise<void> {
    return this.#deps.repository.register(this.#runner, this.#options.leaseSeconds);
  }

  /** A runner starts nothing new when a sixth of its lease is left: the margin is ten seconds of a minute. */
  #trustSince(sentAt: number): void {
    const { clock } = this.#deps;
    const left = (this.#options.leaseSeconds * 1_000 * 5) / 6 - (clock.monotonic() - sentAt);
    this.#cancelDoubt();
    this.#trust(left > 0);
    if (left > 0) this.#cancelDoubt = clock.after(left, () => this.#tell({ type: 'leaseDoubtDue' }));
  }

  #trust(trusted: boolean): void {
    if (trusted !== this.#trusted) this.#deps.tellOrchestrator({ type: 'trustChanged', trusted });
    this.#trusted = trusted;
  }

  #sendAfter(milliseconds: number): void {
    if (!this.#running) return;
    const { clock } = this.#deps;
    this.#cancelDue();
    this.#dueAt = clock.monotonic() + milliseconds;
    this.#cancelDue = clock.after(milliseconds, () => this.#tell({ type: 'heartbeatDue' }));
  }
}
