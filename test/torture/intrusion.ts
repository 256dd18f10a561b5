import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerSlot } from './runner-slot.ts';
import type { Scene } from './scene.ts';

/** At most so long is a table maintained again and again while a fill starts. */
const FILL_MILLISECONDS = 20_000;

/** What other programs do to the study's database while runners work in it. */
export class Intrusion {
  readonly #scene: Scene;
  readonly #fill: RunnerSlot;
  #locked = false;
  #maintained = false;
  readonly #forbidden = new Set<RunnerSlot>();

  /** `fill`: one that starts beside changes of tables. */
  constructor(scene: Scene, fill: RunnerSlot) {
    this.#scene = scene;
    this.#fill = fill;
  }

  /** Whether one of them is at it still. */
  get busy(): boolean {
    return this.#locked || this.#maintained || this.#forbidden.size > 0;
  }

  /** The tables of a study at work are changed and rebuilt for as long as a fill needs to start and end. */
  maintain(slot: RunnerSlot | undefined, more: () => boolean): boolean {
    if (slot?.busyFor === undefined || this.#maintained) return false;
    this.#maintained = true;
    let filling = true;
    const fill = this.#fill.once().finally(() => {
      filling = false;
    });
    this.#scene.mend(
      this.#maintainWhile(() => filling && more())
        .then(async () => fill)
        .then(() => {
          this.#maintained = false;
        }),
    );
    return true;
  }

  async #maintainWhile(wanted: () => boolean): Promise<void> {
    const { place, table, random } = this.#scene;
    const until = performance.now() + FILL_MILLISECONDS;
    do {
      this.#scene.note(await place.others.maintain(table, random));
      await sleep(random.between(0, 20));
    } while (wanted() && performance.now() < until);
  }

  /** Nobody can write for longer than a lease. */
  async lock(slot: RunnerSlot | undefined): Promise<boolean> {
    if (slot?.busyFor === undefined || this.#locked) return false;
    this.#locked = true;
    try {
      const release = await this.#scene.place.others.lock(this.#scene.table);
      const milliseconds = this.#scene.leases(1.2, 3);
      this.#scene.note(`another program locks the database for ${Math.round(milliseconds)} ms`);
      this.#scene.later(milliseconds, async () => {
        await release();
        this.#scene.note('the lock is released');
        this.#locked = false;
      });
      return true;
    } catch (error) {
      this.#locked = false;
      throw error;
    }
  }

  /** One runner is refused what it needs; the others go on. */
  async forbid(slot: RunnerSlot | undefined): Promise<boolean> {
    if (slot?.pid === undefined || slot.busyFor === undefined || this.#locked || this.#forbidden.has(slot))
      return false;
    const { slots, place, table, random } = this.#scene;
    const open = slot.hold();
    this.#forbidden.add(slot);
    const { pid } = slot;
    slot.fault(); // before it is done: it may have ended by then
    const refusal = await place.others.forbid(table, { index: slots.indexOf(slot), pid }, random);
    if (refusal) this.#scene.note(refusal.text, pid, refusal.claimsOnly);
    this.#scene.later(this.#scene.leases(0.5, 2), async () => {
      await refusal?.undo();
      this.#forbidden.delete(slot);
      open();
    });
    return refusal !== undefined;
  }
}
