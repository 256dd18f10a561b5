import type { RunnerProtocol } from '../../domain/repository/runner-protocol.ts';
import type { Clock } from '../ports/ports.ts';

/**
 * The other runners of a study, watched through their heartbeat counters: who is seen to count on is alive, and no two
 * machines' clocks are ever compared.
 */
export class Reaper {
  readonly #repository: RunnerProtocol;
  readonly #clock: Clock;
  readonly #lateMilliseconds: number;
  readonly #seen = new Map<string, { readonly heartbeats: number; readonly since: number; readonly alive: boolean }>();

  /** What is answered later than `lateMilliseconds` counts as an outage. */
  constructor(repository: RunnerProtocol, clock: Clock, lateMilliseconds: number) {
    this.#repository = repository;
    this.#clock = clock;
    this.#lateMilliseconds = lateMilliseconds;
  }

  /** Forgets what was seen: after an outage nobody has been watched. */
  forget(): void {
    this.#seen.clear();
  }

  /**
   * Declares runners dead whose lease has expired by the database's clock and whose counter has stood still under our
   * own eyes for `stillMilliseconds`; then recovers what they held. Returns how many experiments came back. A counter
   * that stands still for a whole lease more is enough: the database's clock may have been set back.
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
   * Experiments under leases of runners that have not been seen alive, or of this one, which knows of none: they may yet
   * come back to `created`.
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
    // Whatever held up this look, a lock on the whole file for example, has held up everybody's heartbeats.
    if (now - askedAt > this.#lateMilliseconds) this.forget();
    for (const { id, heartbeats } of runners) {
      const earlier = this.#seen.get(id);
      if (earlier?.heartbeats === heartbeats) continue;
      this.#seen.set(id, { heartbeats, since: now, alive: earlier !== undefined });
    }
    return runners;
  }
}
