import { setTimeout as sleep } from 'node:timers/promises';
import type { Ages } from './ages.ts';
import { Breakage } from './breakage.ts';
import { type Counts, type Fault, noneYet } from './faults.ts';
import type { FileLoss } from './file-loss.ts';
import type { Intrusion } from './intrusion.ts';
import type { RunnerSlot } from './runner-slot.ts';
import type { Scene } from './scene.ts';

/** How often, beside each other. */
const WEIGHTS: Readonly<Record<Fault, number>> = {
  kill: 20,
  stop: 2,
  term: 1,
  group: 3,
  ages: 8,
  terminal: 4,
  fatal: 2,
  ddl: 4,
  lock: 1,
  server: 1,
  cut: 5,
  clock: 8,
  disk: 5,
  file: 1,
};

/** Breaks what it can, one deed after the other, as the seed decides. */
export class Nemesis {
  readonly counts: Counts = noneYet();
  readonly #scene: Scene;
  readonly #weights: Partial<Record<Fault, number>>;
  readonly #pause: number;
  readonly #breakage: Breakage;
  readonly #intrusion: Intrusion;
  readonly #fileLoss: FileLoss;
  readonly #ages: Ages | undefined;

  constructor(
    scene: Scene,
    around: { readonly intrusion: Intrusion; readonly fileLoss: FileLoss; readonly ages: Ages | undefined },
    options: { readonly faults: readonly Fault[]; readonly pauseMilliseconds: number },
  ) {
    this.#scene = scene;
    this.#breakage = new Breakage(scene);
    this.#intrusion = around.intrusion;
    this.#fileLoss = around.fileLoss;
    this.#ages = around.ages;
    this.#pause = options.pauseMilliseconds;
    this.#weights = Object.fromEntries(options.faults.map((fault) => [fault, WEIGHTS[fault]]));
  }

  /** Until `more` says no; then everything is whole again. */
  async rage(more: () => boolean): Promise<void> {
    const { place, table } = this.#scene;
    try {
      await this.#storm(more);
    } catch (error) {
      // without its tables nothing can be done to a study; that they are gone is the checker's to tell
      if ((await place.others.gone(table)).length === 0) throw error;
      this.#scene.note(`the nemesis ends: ${(error as Error).message}`);
    }
  }

  async #storm(more: () => boolean): Promise<void> {
    const { random } = this.#scene;
    this.#ages?.begin(more);
    try {
      while (more() && !this.#scene.failed) {
        await sleep(random.exponential(this.#pause));
        const fault = random.weighted(this.#weights);
        if (more() && (await this.#commit(fault, more))) this.counts[fault] += 1;
      }
    } finally {
      await this.#scene.mended();
    }
  }

  async #commit(fault: Fault, more: () => boolean): Promise<boolean> {
    const scene = this.#scene;
    switch (fault) {
      case 'kill':
        return (await scene.victim(more))?.send('SIGKILL') ?? false;
      case 'stop':
        return this.#stop(await scene.victim(more));
      case 'term':
        return this.#twice(await scene.victim(more), (slot) => slot.send('SIGTERM'));
      case 'group': {
        const signal = scene.random.pick(['SIGTERM', 'SIGINT'] as const);
        const order = (pids: readonly number[]) => scene.random.pick([pids, pids.toReversed()]);
        return this.#twice(await scene.victim(more), (slot) => slot.sendToAll(signal, order));
      }
      case 'ages':
        return this.#ages?.kill(more) ?? false;
      case 'terminal':
        return this.#block(await scene.victim(more, ({ blockable }) => blockable));
      case 'fatal':
        return this.#intrusion.forbid(await scene.victim(more));
      case 'ddl':
        return this.#intrusion.maintain(await scene.victim(more), more);
      case 'lock':
        return !this.#breakage.diskFull && this.#intrusion.lock(await scene.victim(more));
      case 'server':
        return this.#breakage.killServer();
      case 'cut':
        return this.#breakage.cut();
      case 'clock':
        return this.#breakage.moveClock(more);
      case 'disk':
        return this.#breakage.fillDisk();
      case 'file':
        return !this.#fileInUse && this.#fileLoss.strike(more);
      default:
        return fault satisfies never;
    }
  }

  /** By others than runners: they would not end when it is taken away. */
  get #fileInUse(): boolean {
    return this.#breakage.diskFull || this.#intrusion.busy || this.#ages?.growing === true;
  }

  #stop(slot: RunnerSlot | undefined): boolean {
    const { slots } = this.#scene;
    // somebody must be left to take what they hold, or nothing happens to it
    if (2 * slots.filter(({ stopped }) => stopped).length >= slots.length) return false;
    const goOn = slot?.stop();
    if (goOn === undefined) return false;
    this.#scene.later(this.#scene.leases(0.3, 4), goOn);
    return true;
  }

  #block(slot: RunnerSlot | undefined): boolean {
    const readOn = slot?.block();
    if (readOn === undefined) return false;
    const milliseconds = this.#scene.leases(1.2, 3);
    this.#scene.note(`nothing reads the output of ${slot?.name}, pid ${slot?.pid}, for ${Math.round(milliseconds)} ms`);
    this.#scene.later(milliseconds, readOn);
    return true;
  }

  /** A signal that stops, now and then a second one. */
  #twice(slot: RunnerSlot | undefined, send: (slot: RunnerSlot) => boolean): boolean {
    if (slot === undefined || !send(slot)) return false;
    // nearer together they count as one
    if (this.#scene.random.chance(0.4)) this.#scene.later(600, () => void send(slot));
    return true;
  }
}
