import type { Clock, Log, OpenStandby, Standby } from '../ports/ports.ts';
import type { RunnerOptions } from '../ports/runner-options.ts';

/** A shorter run starts no standby thread. */
const SHORT_RUN_MILLISECONDS = 1_000;

export interface RunStandbyDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly openStandby?: OpenStandby | undefined;
}

/** The standby thread of one run, if it needs one: it sends heartbeats while the main thread is blocked. */
export class RunStandby {
  readonly #deps: RunStandbyDependencies;
  readonly #options: Pick<RunnerOptions, 'heartbeatSeconds' | 'leaseSeconds'>;
  #standby: Standby | undefined;
  /** When the last successful heartbeat of the main thread was sent. */
  #sentAt = 0;
  #cancelOpening: () => void = () => {};
  #closed: Promise<void> | undefined;

  constructor(deps: RunStandbyDependencies, options: Pick<RunnerOptions, 'heartbeatSeconds' | 'leaseSeconds'>) {
    this.#deps = deps;
    this.#options = options;
  }

  /** The runner was registered at `sentAt`. `atOnce`: the main thread may be blocked from now on. */
  start(runnerId: string, sentAt: number, atOnce: boolean): void {
    this.#sentAt = sentAt;
    if (atOnce) this.#open(runnerId);
    else this.#cancelOpening = this.#deps.clock.after(SHORT_RUN_MILLISECONDS, () => this.#open(runnerId));
  }

  #open(runnerId: string): void {
    const { heartbeatSeconds, leaseSeconds } = this.#options; // a thread gets nothing else
    this.#standby = this.#deps.openStandby?.({ runnerId, heartbeatSeconds, leaseSeconds });
  }

  /** A heartbeat of the main thread, sent at `sentAt` under this id, has succeeded. */
  beaten(runnerId: string, sentAt: number): void {
    const stoodIn = this.#standby?.beaten(runnerId) ?? 0;
    const seconds = ((sentAt - this.#sentAt) / 1_000).toFixed(1);
    this.#sentAt = sentAt;
    if (stoodIn > 0)
      this.#deps.log.info(
        `this runner sent no heartbeat by itself for ${seconds} s, the thread that stands by sent ${stoodIn} in its stead: a terminal, a function in the main thread or a lock held it up`,
      );
  }

  /** Resolves when the thread has ended. Idempotent; never rejects, because the run ends in any case. */
  close(): Promise<void> {
    this.#cancelOpening();
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      await this.#standby?.close();
    } catch (error) {
      this.#deps.log.warn(`the thread that stands by did not end: ${(error as Error).message}`);
    }
  }
}
