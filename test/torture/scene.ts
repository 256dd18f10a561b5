import { setTimeout as sleep } from 'node:timers/promises';
import type { Deed } from './history.ts';
import type { Place } from './place.ts';
import type { Random } from './random.ts';
import type { RunnerSlot } from './runner-slot.ts';

export interface SceneOptions {
  readonly table: string;
  readonly leaseSeconds: number;
  /** How long a runner works before something befalls it, on average, in milliseconds. */
  readonly lifeMilliseconds: number;
}

/** What the deeds of a round have in common: whom they befall, what is noted, and what has yet to be mended. */
export class Scene {
  readonly slots: readonly RunnerSlot[];
  readonly place: Place;
  readonly random: Random;
  readonly table: string;
  readonly leaseMilliseconds: number;
  /** Those that signals and kills befall; all of them unless a deed says otherwise. */
  mortal: (slot: RunnerSlot) => boolean = () => true;
  readonly #deeds: Deed[];
  readonly #life: number;
  readonly #mending = new Set<Promise<void>>();
  /** Of the nemesis itself. */
  #failure: unknown;

  constructor(
    around: { readonly slots: readonly RunnerSlot[]; readonly place: Place; readonly deeds: Deed[] },
    random: Random,
    options: SceneOptions,
  ) {
    this.slots = around.slots;
    this.place = around.place;
    this.random = random;
    this.table = options.table;
    this.leaseMilliseconds = options.leaseSeconds * 1_000;
    this.#deeds = around.deeds;
    this.#life = options.lifeMilliseconds;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** A length of time, in milliseconds. */
  leases(low: number, high: number): number {
    return this.random.between(low, high) * this.leaseMilliseconds;
  }

  /** A runner that has been at work for a while; now and then one that has only just been started. */
  async victim(more: () => boolean, able: (slot: RunnerSlot) => boolean = () => true): Promise<RunnerSlot | undefined> {
    const any = this.random.chance(0.08);
    const life = this.random.exponential(this.#life);
    for (let tries = 0; more() && tries < 500; tries += 1) {
      const found = this.slots.filter(
        (slot) => this.mortal(slot) && able(slot) && (any ? slot.alive : !slot.stopped && (slot.busyFor ?? -1) >= life),
      );
      if (found.length > 0) return this.random.pick(found);
      await sleep(10);
    }
    return undefined;
  }

  /** Waits for it. False: not within this time, or there is no more to come. */
  async until(is: () => boolean, more: () => boolean, milliseconds = 60_000): Promise<boolean> {
    const end = performance.now() + milliseconds;
    while (!is()) {
      if (!more() || performance.now() > end) return false;
      await sleep(10);
    }
    return true;
  }

  later(milliseconds: number, deed: () => void | Promise<void>): void {
    this.mend(sleep(milliseconds).then(deed));
  }

  mend(mending: Promise<void>): void {
    const kept = mending
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#mending.delete(kept));
    this.#mending.add(kept);
  }

  /** Waits until everything is whole again. Throws what the nemesis itself failed with. */
  async mended(): Promise<void> {
    while (this.#mending.size > 0) await Promise.all(this.#mending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** `pid`: it was done to this runner alone. */
  note(text: string, pid: number | null = null, harmless = false): void {
    this.#deeds.push({ date: Date.now(), text, pid, harmless });
  }
}
