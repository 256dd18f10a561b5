import fc from 'fast-check';
import { type Step, stepArbitrary, tell } from './steps.ts';
import type { System } from './systems.ts';
import { World } from './world.ts';

export interface Plan {
  readonly seed: number;
  /** Stories. */
  readonly runs: number;
  /** Steps in the longest. */
  readonly steps: number;
  /** Look for the shortest story that fails, for at most so many seconds; otherwise the first one will do. */
  readonly shrinkSeconds?: number;
}

export interface Finding {
  /** What was told in the story that failed, the failing step last. */
  readonly story: readonly string[];
  readonly error: Error;
  readonly seed: number;
  /** Stories until the first that failed. */
  readonly runs: number;
}

export interface Result {
  readonly steps: number;
  readonly finding?: Finding;
}

/** Steps that apply are told, the others passed over; so fast-check can leave out any of them. */
class Command implements fc.AsyncCommand<{ world: World }, { story: string[] }> {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  check({ world }: Readonly<{ world: World }>): boolean {
    return world.applies(this.#step);
  }

  async run({ world }: { world: World }, { story }: { story: string[] }): Promise<void> {
    story.push(this.toString());
    await world.step(this.#step);
  }

  toString(): string {
    return tell(this.#step);
  }
}

/** Random stories on a system; the same seed tells the same stories. */
export const explore = async (system: System, { seed, runs, steps, shrinkSeconds }: Plan): Promise<Result> => {
  let count = 0;
  let last: string[] = [];
  let giveUp = Number.POSITIVE_INFINITY;
  const arbitrary = stepArbitrary({ hands: system.hands, faults: system.faults !== undefined });
  const commands = fc.commands([arbitrary.map((step) => new Command(step))], { maxCommands: steps, size: 'max' });
  const property = fc.asyncProperty(commands, async (story) => {
    if (performance.now() > giveUp) return; // enough was shrunk
    const told: string[] = [];
    try {
      const world = await World.begin(system);
      await fc.asyncModelRun(() => ({ model: { world }, real: { story: told } }), story);
    } catch (error) {
      last = told;
      if (giveUp === Number.POSITIVE_INFINITY) giveUp = performance.now() + (shrinkSeconds ?? 0) * 1_000;
      throw error;
    } finally {
      count += told.length;
    }
  });
  const details = await fc.check(property, { seed, numRuns: runs, endOnFailure: shrinkSeconds === undefined });
  if (!details.failed) return { steps: count };
  const error =
    details.errorInstance instanceof Error ? details.errorInstance : new Error(String(details.errorInstance));
  return { steps: count, finding: { story: last, error, seed, runs: details.numRuns } };
};

/** For people: what failed, and how to see it again. */
export const describeFinding = ({ story, error, seed }: Finding): string =>
  `${error.message}\nafter 3 experiments and 2 runners were made, and then\n  ${story.join('\n  ')}\nagain: MODEL_SEED=${seed}`;
