import type { Runner } from '../../domain/experiment/runner.ts';
import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { Reaper } from './reaper.ts';
import type { OrchestratorMessage } from './messages.ts';
import { newId } from '../ports/new-id.ts';
import type { DatabaseOutage } from './database-outage.ts';
import type { Clock, Log, OpenStandby, Standby } from '../ports/ports.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';

/** Shorter runs start no thread that stands by. */
const SHORT_RUN_MILLISECONDS = 1_000;

/**
 * Keeps a runner alive in the database's eyes: one heartbeat for all it runs, from the main thread, so that a busy
 * worker can never look dead. After each beat it compares leases and sees to dead runners. One loop of awaits, never
 * two at a time. While the main thread is blocked another one stands in for the beats.
 */
export class Heartbeat {
  readonly #repository: RunnerProtocol;
  readonly #reaper: Reaper;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #databaseOutage: DatabaseOutage;
  readonly #options: RunnerOptions;
  readonly #tell: (message: OrchestratorMessage) => void;
  #runner: Runner;
  #trusted = true;
  #callOffDoubt: () => void = () => {};
  /** Whether the database is to learn that no more is claimed here. */
  #draining: 'no' | 'wanted' | 'told' = 'no';
  /** When the next heartbeat should be sent. */
  #dueAt = 0;
  /** When its own last heartbeat was sent. */
  #beatAt = 0;
  readonly #openStandby: OpenStandby | undefined;
  #standby: Standby | undefined;
  #callOffStandby: () => void = () => {};
  #stopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();

  constructor(
    deps: {
      readonly repository: RunnerProtocol;
      readonly fleet: Reaper;
      readonly clock: Clock;
      readonly log: Log;
      readonly outage: DatabaseOutage;
      readonly openStandby?: OpenStandby | undefined;
    },
    runner: Runner,
    options: RunnerOptions,
    tell: (message: OrchestratorMessage) => void,
  ) {
    this.#repository = deps.repository;
    this.#reaper = deps.fleet;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#databaseOutage = deps.outage;
    this.#runner = runner;
    this.#options = options;
    this.#tell = tell;
    this.#openStandby = deps.openStandby;
  }

  /** Lets the others see that no more is claimed here, with the next heartbeat, which is sent at once. */
  drain(): void {
    if (this.#draining === 'no') this.#draining = 'wanted';
    this.#wake();
  }

  get runnerId(): string {
    return this.#runner.id;
  }

  /**
   * Registers the runner and starts to beat. `blocking`: its experiments run in this very thread, and may block it from
   * the first one on. `onFault` hears of errors that no later try can mend.
   */
  async start(blocking: boolean, onFault: (error: unknown) => void): Promise<void> {
    const sentAt = this.#clock.monotonic();
    await this.#repository.register(this.#runner, this.#options.leaseSeconds);
    this.#beatAt = sentAt;
    this.#trust(sentAt);
    if (blocking) this.#standBy();
    else this.#callOffStandby = this.#clock.after(SHORT_RUN_MILLISECONDS, () => this.#standBy());
    this.#loop = this.#run().catch(onFault);
  }

  /** Says goodbye: no more heartbeats. The runner's leases must have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOffStandby();
    this.#callOffDoubt();
    this.#wake();
    await this.#standby?.close();
    await this.#loop;
    this.#callOffDoubt();
  }

  async #run(): Promise<void> {
    const period = this.#options.heartbeatSeconds * 1000;
    let failures = 0;
    await this.#sleep(Math.min(period, 200)); // an early first look: a predecessor's lease may be waiting
    while (!this.#stopped) {
      try {
        await this.#beat();
        // The database, or this whole process, stood still, and so perhaps did everybody else.
        if (this.#clock.monotonic() - this.#dueAt > period) this.#reaper.forget();
        await this.#look();
        this.#databaseOutage.succeeded('heartbeats');
        failures = 0;
      } catch (error) {
        if (!this.#databaseOutage.failed('heartbeats', error)) throw error;
        failures += 1;
        this.#reaper.forget();
      }
      // jitter, so that a fleet started together does not reap together
      await this.#sleep(failures > 0 ? Math.min(period, 1_000) : period * (0.9 + 0.1 * Math.random()));
    }
  }

  async #beat(): Promise<void> {
    const sentAt = this.#clock.monotonic();
    if (!(await this.#repository.heartbeat(this.#runner.id, this.#options.leaseSeconds))) {
      this.#log.warn(`runner ${this.#runner.id} was declared dead: it stops what it runs and goes on under a new id`);
      this.#runner = { ...this.#runner, id: newId() };
      await this.#repository.register(this.#runner, this.#options.leaseSeconds);
      this.#tell({ type: 'runnerReplaced', runnerId: this.#runner.id });
      if (this.#draining === 'told') this.#draining = 'wanted';
    }
    this.#trust(sentAt);
    this.#tellStandby(sentAt);
    if (this.#draining !== 'wanted') return;
    await this.#repository.drain(this.#runner.id);
    this.#draining = 'told';
  }

  #tellStandby(sentAt: number): void {
    const stoodIn = this.#standby?.beaten(this.#runner.id) ?? 0;
    const seconds = ((sentAt - this.#beatAt) / 1000).toFixed(1);
    this.#beatAt = sentAt;
    if (stoodIn > 0)
      this.#log.info(
        `this runner sent no heartbeat by itself for ${seconds} s, the thread that stands by sent ${stoodIn} in its stead: a terminal, a function in the main thread or a lock held it up`,
      );
  }

  #standBy(): void {
    const { heartbeatSeconds, leaseSeconds } = this.#options;
    this.#standby = this.#openStandby?.({ runnerId: this.#runner.id, heartbeatSeconds, leaseSeconds });
  }

  async #look(): Promise<void> {
    const leases = await this.#repository.leases(this.#runner.id);
    this.#tell({ type: 'leasesRead', leases });
    const still = 2 * this.#options.heartbeatSeconds * 1000;
    const recovered = await this.#reaper.reap(this.#runner.id, still, this.#options.maxAttempts);
    if (recovered === 0) return;
    this.#log.info(`${recovered} experiments of dead runners were recovered`);
    this.#tell({ type: 'claim' });
  }

  /**
   * A heartbeat that was sent then has succeeded. A runner that might be taken for dead soon, because no other has, starts
   * nothing new: the margin is ten seconds of a minute's lease.
   */
  #trust(sentAt: number): void {
    const left = (this.#options.leaseSeconds * 1000 * 5) / 6 - (this.#clock.monotonic() - sentAt);
    this.#callOffDoubt();
    this.#setTrusted(left > 0);
    if (left > 0) this.#callOffDoubt = this.#clock.after(left, () => this.#setTrusted(false));
  }

  #setTrusted(trusted: boolean): void {
    if (trusted !== this.#trusted) this.#tell({ type: 'trustChanged', trusted });
    this.#trusted = trusted;
  }

  #sleep(milliseconds: number): Promise<void> {
    this.#dueAt = this.#clock.monotonic() + milliseconds;
    return new Promise((resolve) => {
      const callOff = this.#clock.after(milliseconds, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
      if (this.#stopped) this.#wake();
    });
  }
}
