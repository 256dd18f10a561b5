import { expect, it } from 'vitest';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { AttemptEnd, Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import { ended, LEASE_SECONDS, type OpenRepository, ref, Scene, STARTED, studyOf } from './scene.ts';

const EXPERIMENTS = 8;
const STEPS = 300;
const MAX_ATTEMPTS = 3;
const SEED = 20260101;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A runner on a connection of its own, with what it believes to hold: it learns of a loss only when it writes. */
class Participant {
  readonly #scene: Scene;
  readonly #repository: ExperimentRepository;
  /** Ends that the repository has acknowledged, by experiment. */
  readonly #acknowledged: Map<number, string>;
  readonly #random: () => number;
  #id = '';
  #held: Claimed[] = [];

  constructor(scene: Scene, repository: ExperimentRepository, acknowledged: Map<number, string>, random: () => number) {
    this.#scene = scene;
    this.#repository = repository;
    this.#acknowledged = acknowledged;
    this.#random = random;
  }

  async register(): Promise<void> {
    this.#id = await this.#scene.runner();
  }

  async step(): Promise<string> {
    const steps = [
      this.#claim,
      this.#claim,
      this.#report,
      this.#end,
      this.#end,
      this.#end,
      this.#release,
      this.#beat,
      this.#die,
      this.#recover,
    ];
    const step = steps[Math.floor(this.#random() * steps.length)] ?? this.#beat;
    await step.call(this);
    return step.name;
  }

  async #claim(): Promise<void> {
    const order = this.#random() < 0.5 ? 'id' : 'random';
    const claimed = await this.#repository.claim({
      runnerId: this.#id,
      count: 1 + Math.floor(this.#random() * 3),
      order,
    });
    // declared dead: it goes on under a new name, and has not yet noticed that its experiments are another's
    if (claimed === undefined) await this.register();
    else this.#held.push(...claimed);
  }

  async #report(): Promise<void> {
    const writes = this.#held.map((one) => ({
      ...ref(one),
      results: { first: one.attemptId, second: one.attemptId },
      progress: '1',
    }));
    const { lost } = await this.#repository.record(writes);
    this.#held = this.#held.filter(({ attemptId }) => !lost.includes(attemptId));
  }

  async #end(): Promise<void> {
    const outcomes: AttemptEnd['outcome'][] = ['done', 'done', 'done', 'error', 'timeout', 'paused'];
    const ending = this.#held.splice(0, 1 + Math.floor(this.#random() * 2)).map((one) => {
      const outcome = outcomes[Math.floor(this.#random() * outcomes.length)] ?? 'done';
      const logs = [{ logtable: 'attempts', row: { attempt: one.attemptId }, date: new Date() }];
      return { ...ended(one, outcome, { first: one.attemptId, second: one.attemptId }), logs };
    });
    const { lost } = await this.#repository.record(ending);
    for (const { experimentId, attemptId } of ending)
      if (!lost.includes(attemptId)) this.#acknowledged.set(experimentId, attemptId);
  }

  async #release(): Promise<void> {
    const one = this.#held.shift();
    if (one)
      await this.#repository.release(
        [{ ...ref(one), ...(this.#random() < 0.5 && { startedAt: STARTED }) }],
        'given back',
      );
  }

  async #beat(): Promise<void> {
    if (!(await this.#repository.heartbeat(this.#id, LEASE_SECONDS))) await this.register();
  }

  async #die(): Promise<void> {
    await this.#scene.opened.expire(this.#id);
    const seen = (await this.#repository.runners()).find(({ id }) => id === this.#id);
    await this.#repository.declareDead(this.#id, seen?.heartbeats ?? -1);
    if (this.#random() < 0.7) await this.#recover();
  }

  async #recover(): Promise<void> {
    await this.#repository.reap(MAX_ATTEMPTS);
  }
}

/**
 * What holds at every moment, whoever did what. `known`: what experiments looked like when their history was last read;
 * it is read again when that has changed.
 */
const check = async (
  scene: Scene,
  acknowledged: ReadonlyMap<number, string>,
  known: Map<number, string>,
): Promise<void> => {
  const { repository } = scene;
  const leases = await repository.leases();
  const leaseOf = new Map(leases.map((lease) => [lease.experimentId, lease]));
  expect(leaseOf.size, 'one lease an experiment').toBe(leases.length);
  const rows = await scene.list();
  expect(rows).toHaveLength(EXPERIMENTS);
  const logged = (await scene.logs('attempts')).map(({ attempt }) => attempt);
  expect(new Set(logged).size, 'log rows of an end, once').toBe(logged.length);
  for (const { id, status, results } of rows) {
    const lease = leaseOf.get(id);
    const look = JSON.stringify([status, results, lease, acknowledged.get(id)]);
    if (known.get(id) === look) continue;
    known.set(id, look);
    const attempts = await repository.attempts(id);
    const state = { id, status, lease, results, attempts };
    expect({ ...state, ok: (status === 'running') === (lease !== undefined) }, 'running means leased').toEqual({
      ...state,
      ok: true,
    });
    const numbers = [...attempts, ...(lease ? [lease] : [])].map(({ number }) => number);
    expect(numbers, 'numbers without gaps').toEqual(numbers.map((_, index) => index + 1));
    expect(results['first'], 'results of one attempt').toBe(results['second']);
    const standing = attempts.filter(({ outcome, superseded }) => outcome === 'done' && !superseded);
    expect({ ...state, done: standing.length }, 'one result that stands').toEqual({
      ...state,
      done: status === 'done' ? 1 : 0,
    });
    if (status === 'done') expect(results['first']).toBe(standing[0]?.attemptId);
    const last = acknowledged.get(id);
    const recorded = attempts
      .filter(({ outcome, superseded }) => !superseded && outcome !== 'lost' && outcome !== 'released')
      .at(-1);
    expect(recorded?.attemptId, 'what was acknowledged is kept').toBe(last);
    if (last !== undefined) expect(logged).toContain(last);
  }
};

export const interleavingContract = (open: OpenRepository): void => {
  it(`keeps its invariants over ${STEPS} random steps of three runners (seed ${SEED})`, async () => {
    const text = 'VARCHAR(40)';
    const study = studyOf({
      resultfields: { first: text, second: text },
      logtables: { attempts: { attempt: text } },
    });
    const scene = await Scene.of(EXPERIMENTS, open, study);
    const random = randomOf(SEED);
    const acknowledged = new Map<number, string>();
    const connections = [scene.repository, await scene.opened.another(), await scene.opened.another()];
    const participants = connections.map((repository) => new Participant(scene, repository, acknowledged, random));
    for (const participant of participants) await participant.register();
    const known = new Map<number, string>();
    const history: string[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      const first = Math.floor(random() * 3);
      // every third step, two of them act at the same time
      const acting = step % 3 === 0 ? [first, (first + 1) % 3] : [first];
      history.push(...(await Promise.all(acting.map(async (who) => `${who}${await participants[who]?.step()}`))));
      const open = (await scene.repository.counts()).created + (await scene.repository.leases()).length;
      if (open === 0) {
        await scene.repository.reset({});
        acknowledged.clear();
      }
      try {
        if (step % 50 === 0) known.clear();
        await check(scene, acknowledged, known);
      } catch (error) {
        throw new Error(`after step ${step}: ${history.slice(-12).join(' ')}`, { cause: error });
      }
    }
  });
};
