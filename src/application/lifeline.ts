import type { Runner } from '../domain/attempt.ts';
import type { Protocol } from '../domain/protocol.ts';
import type { Fleet } from './fleet.ts';
import type { OrchestratorMessage } from './messages.ts';
import { newId } from './new-id.ts';
import type { Outage } from './outage.ts';
import type { Clock, Log } from './ports.ts';
import type { RunnerOptions } from './runner-options.ts';

/**
 * Keeps a runner alive in the database's eyes: one heartbeat for all it runs, from the main thread, so that a busy
 * worker can never look dead. After each beat it compares leases and sees to dead runners. One loop of awaits, never
 * two at a time.
 */
export class Lifeline {
  readonly #repository: Protocol;
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #outage: Outage;
  readonly #options: RunnerOptions;
  readonly #tell: (message: OrchestratorMessage) => void;
  #runner: Runner;
  /** When the last heartbeat that succeeded was *sent*. */
  #beatAt: number;
  #trusted = true;
  #stopped = false;
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();

  constructor(
    around: {
      readonly repository: Protocol;
      readonly fleet: Fleet;
      readonly clock: Clock;
      readonly log: Log;
      readonly outage: Outage;
    },
    runner: Runner,
    options: RunnerOptions,
    tell: (message: OrchestratorMessage) => void,
  ) {
    this.#repository = around.repository;
    this.#fleet = around.fleet;
    this.#clock = around.clock;
    this.#log = around.log;
    this.#outage = around.outage;
    this.#runner = runner;
    this.#options = options;
    this.#tell = tell;
    this.#beatAt = around.clock.monotonic();
  }

  /** Lets the others see that no more is claimed here. Information: a failure is left to the next heartbeat. */
  drain(): void {
    this.#repository.leave(this.#runner.id, 'draining').catch((error: unknown) => this.#outage.failed(error));
  }

  get runnerId(): string {
    return this.#runner.id;
  }

  /** Registers the runner and starts to beat. `onFault` hears of errors that no later try can mend. */
  async start(onFault: (error: unknown) => void): Promise<void> {
    this.#beatAt = this.#clock.monotonic();
    await this.#repository.register(this.#runner, this.#options.leaseSeconds);
    this.#loop = this.#run().catch(onFault);
  }

  /** Says goodbye: no more heartbeats. The runner's leases must have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const period = this.#options.heartbeatSeconds * 1000;
    let failures = 0;
    await this.#sleep(Math.min(period, 200)); // an early first look: a predecessor's lease may be waiting
    while (!this.#stopped) {
      try {
        await this.#beat();
        await this.#look();
        this.#outage.succeeded();
        failures = 0;
      } catch (error) {
        if (!this.#outage.failed(error)) throw error;
        failures += 1;
        this.#fleet.forget();
      }
      this.#doubt();
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
    }
    this.#beatAt = sentAt;
    this.#doubt();
  }

  async #look(): Promise<void> {
    const leases = await this.#repository.leases(this.#runner.id);
    this.#tell({ type: 'leasesSeen', leases });
    const still = 2 * this.#options.heartbeatSeconds * 1000;
    const recovered = await this.#fleet.reap(this.#runner.id, still, this.#options.maxAttempts);
    if (recovered === 0) return;
    this.#log.info(`${recovered} experiments of dead runners were recovered`);
    this.#tell({ type: 'claim' });
  }

  /** A runner that might be taken for dead soon starts nothing new; the margin is ten seconds of a minute's lease. */
  #doubt(): void {
    const age = this.#clock.monotonic() - this.#beatAt;
    const trusted = age < (this.#options.leaseSeconds * 1000 * 5) / 6;
    if (trusted !== this.#trusted) this.#tell({ type: 'trustChanged', trusted });
    this.#trusted = trusted;
  }

  #sleep(milliseconds: number): Promise<void> {
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
