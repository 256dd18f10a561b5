import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { Clock } from '../ports/ports.ts';

/**
 * Watches the heartbeat counters of the other runners of a study. A runner whose counter was seen to grow is alive. The
 * clocks of two machines are never compared.
 */
export class Reaper {
  readonly #repository: RunnerProtocol;
  readonly #clock: Clock;
  readonly #lateMilliseconds: number;
  readonly #seen = new Map<string, { readonly heartbeats: number; readonly since: number; readonly alive: boolean }>();

  /** An answer that takes longer than `lateMilliseconds` counts as an outage. */
  constructor(repository: RunnerProtocol, clock: Clock, lateMilliseconds: number) {
    this.#repository = repository;
    this.#clock = clock;
    this.#lateMilliseconds = lateMilliseconds;
  }

  /** Forgets all observations: during an outage no counter could be observed. */
  forget(): void {
    this.#seen.clear();
  }

  /**
   * Declares a runner dead if its lease has expired by the database's clock and its counter was observed unchanged for
   * `stillMilliseconds`. A counter that was unchanged for a whole lease more is enough by itself, because the database's
   * clock may have been set back. Then takes the leases of dead runners. Returns how many experiments came back.
   */
  async reap(me: string, stillMilliseconds: number, maxAttempts: number): Promise<number> {
    for (const { id, state, heartbeats, expired, leaseSeconds } of await this.#watch(me)) {
      if (state !== 'active' && state !== 'draining') continue;
      const still = this.#clock.monotonic() - (this.#seen.get(id)?.since ?? Number.POSITIVE_INFINITY);
      const longAgo = still >= leaseSeconds * 1_000 + stillMilliseconds;
      if (longAgo || (expired && still >= stillMilliseconds)) {
        await this.#repository.declareDead(id, heartbeats, longAgo);
      }
    }
    return (await this.#repository.reap(maxAttempts)).length;
  }

  /**
   * How many experiments may yet come back to `created`: those under leases of runners that were not seen alive. A lease
   * of this runner counts as well, because the runner calls this only when it knows of none.
   */
  async leasesOfUnseenRunners(me: string): Promise<number> {
    const runners = await this.#watch(me);
    const alive = new Set(runners.filter(({ id }) => this.#seen.get(id)?.alive).map(({ id }) => id));
    const leases = await this.#repository.leases();
    return leases.filter(({ runnerId }) => !alive.has(runnerId)).length;
  }

  async #watch(me: string) {
    const askedAt = this.#clock.monotonic();
    const runners = (await this.#repository.watchedRunners()).filter(({ id }) => id !== me);
    const now = this.#clock.monotonic();
    // What delayed this answer, for example a lock on the whole file, has delayed the heartbeats of all runners.
    if (now - askedAt > this.#lateMilliseconds) this.forget();
    for (const { id, heartbeats } of runners) {
      const earlier = this.#seen.get(id);
      if (earlier?.heartbeats === heartbeats) continue;
      this.#seen.set(id, { heartbeats, since: now, alive: earlier !== undefined });
    }
    return runners;
  }
}
