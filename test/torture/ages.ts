import type { RunnerSlot } from './runner-slot.ts';
import type { Scene } from './scene.ts';

/**
 * Configurations of two ages. The older runners begin the study; then a fill with the newer configuration adds a
 * resultfield and a logtable, and the newer ones start. The older ones work on, and take what the newer ones, which are
 * killed, have left.
 */
export class Ages {
  readonly #scene: Scene;
  readonly #fill: RunnerSlot;
  readonly #newer: ReadonlySet<RunnerSlot>;
  readonly #commandOf: (index: number) => readonly string[];
  readonly #opens: readonly (() => void)[];
  #both = false;
  #growing = true;

  /** `commandOf`: the runner of this index with the newer configuration. `fill` has it, too. */
  constructor(scene: Scene, commandOf: (index: number) => readonly string[], fill: RunnerSlot) {
    this.#scene = scene;
    this.#commandOf = commandOf;
    this.#fill = fill;
    const newer = scene.slots.filter((_, index) => index % 2 === 1);
    this.#newer = new Set(newer);
    this.#opens = newer.map((slot) => slot.hold());
    for (const slot of newer) this.#age(slot);
    scene.mortal = (slot) => this.#newer.has(slot);
  }

  /** Lets the newer ones start as soon as the older are at work. */
  begin(more: () => boolean): void {
    this.#scene.mend(
      this.#grow(more).finally(() => {
        this.#growing = false;
        for (const open of this.#opens) open();
      }),
    );
  }

  /** Whether the fill is yet to come, or under way. */
  get growing(): boolean {
    return this.#growing;
  }

  /** All newer runners that are at work, most of the time in the middle of experiments: the older ones are left to take them. */
  async kill(more: () => boolean): Promise<boolean> {
    if (!this.#both || (await this.#scene.victim(more)) === undefined) return false;
    return [...this.#newer].filter((slot) => slot.busyFor !== undefined && slot.send('SIGKILL')).length > 0;
  }

  async #grow(more: () => boolean): Promise<void> {
    const older = this.#scene.slots.filter((slot) => !this.#newer.has(slot));
    const ready = await this.#scene.until(() => older.every((slot) => slot.busyFor !== undefined), more);
    // an older configuration is refused from now on when it starts
    for (const slot of older) this.#age(slot);
    if (!ready) return;
    for (const slot of older) if (slot.busyFor === undefined) slot.fault();
    this.#scene.note('a fill with the newer configuration');
    await this.#fill.once();
    this.#both = true;
  }

  #age(slot: RunnerSlot): void {
    slot.command = this.#commandOf(this.#scene.slots.indexOf(slot));
  }
}
