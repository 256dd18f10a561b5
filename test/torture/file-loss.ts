import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledged } from './history.ts';
import { readAcknowledgedFrom } from './read-history.ts';
import type { RunnerSlot } from './runner-slot.ts';
import type { Scene } from './scene.ts';

/** Runners look at their file with each heartbeat, of which a lease has five; a busy machine takes a second. */
const NOTICE_LEASES = 1;
const NOTICE_MILLISECONDS = 1_000;
const READY_MILLISECONDS = 5_000;
/** After which they never will. */
const HUNG_MILLISECONDS = 20_000;

const always = (): boolean => true;

/** The study's SQLite file is removed, or another is put in its place, under all runners; they end, and it is put back. */
export class FileLoss {
  /** What they acknowledged though they should have noticed. */
  readonly unfounded: Acknowledged[] = [];
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async strike(more: () => boolean): Promise<boolean> {
    const { place, slots, table, random } = this.#scene;
    const file = place.movable?.(table);
    if (file === undefined) return false;
    const opens = slots.map((slot) => slot.hold());
    try {
      // one that has only just started would take the empty place for a new study
      const working = slots.filter(({ alive }) => alive);
      const ready = await this.#scene.until(
        () => working.every((slot) => !slot.alive || slot.busyFor !== undefined),
        more,
        READY_MILLISECONDS,
      );
      const victims = working.filter((slot) => slot.busyFor !== undefined);
      if (!ready || victims.length === 0 || !more()) return false;
      await sleep(random.between(0, this.#scene.leaseMilliseconds));
      const how = random.pick(['removed', 'replaced'] as const);
      file.take(how);
      for (const slot of victims) slot.loseFile(`its file is ${how}`);
      await this.#awaitEnd(victims);
      file.giveBack();
      this.#scene.note('the file is back in its place');
      return true;
    } finally {
      for (const open of opens) open();
    }
  }

  async #awaitEnd(victims: readonly RunnerSlot[]): Promise<void> {
    const ended = () => victims.every(({ alive }) => !alive);
    const notice = NOTICE_LEASES * this.#scene.leaseMilliseconds + NOTICE_MILLISECONDS;
    await this.#scene.until(ended, always, notice);
    // a stopped one, or one that nothing reads, has not had its time
    const late = victims.filter((slot) => slot.alive && !slot.stopped && !slot.blocked);
    const marks = late.map((slot) => ({ name: slot.current, output: slot.output, from: slot.outputBytes }));
    if (!(await this.#scene.until(ended, always, HUNG_MILLISECONDS + 4 * this.#scene.leaseMilliseconds))) {
      for (const slot of victims.filter(({ alive }) => alive)) slot.giveUp();
      await this.#scene.until(ended, always, HUNG_MILLISECONDS);
    }
    for (const { name, output, from } of marks) this.unfounded.push(...readAcknowledgedFrom(output, from, name));
  }
}
