import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { RunnerFacts } from '../../../src/domain/experiment/runner.ts';
import type { ConfigurationRecord } from '../../../src/domain/repository/study-store.ts';
import { ended, type OpenRepository, Scene, seeds } from './scene.ts';

const facts: RunnerFacts = {
  node: '24.1.0',
  os: 'Linux 6.1 x64',
  cpu: 'a "quick" one \u{1f600}',
  cores: 2,
  memoryMegabytes: 4_096,
  commit: 'a'.repeat(40),
  dirty: true,
};
const record = (letter: string): ConfigurationRecord => ({
  sha256: letter.repeat(64),
  text: `{ "it's": "${letter} \u{1f600}" }`,
});
const [one, two] = [record('1'), record('2')];

export const provenanceContract = (open: OpenRepository): void => {
  it('remembers which configuration each experiment was filled from, however fills take turns', async () => {
    const scene = await Scene.of(0, open);
    const { repository } = scene;
    await repository.fill(seeds(1, 3), one);
    await repository.fill(seeds(2, 5), two);
    await repository.fill(seeds(6, 6)); // a program that has none
    await repository.fill(seeds(1, 8), one);
    await repository.fill(seeds(1, 9), one);
    await repository.fill(seeds(1, 9), two); // nothing new
    const runner = await scene.runner();
    await repository.addAndClaim(runner, { seed: 10 }, two);
    const of = new Map<unknown, ConfigurationRecord | undefined>();
    for (const { id, keyfields } of await scene.list())
      of.set(keyfields['seed'], (await repository.provenance(id)).configuration);
    expect([...of.values()]).toEqual([one, one, one, two, two, undefined, one, one, one, two]);
    expect(await repository.provenance(4_711)).toEqual({ configuration: undefined, runners: [] });
  });

  it('remembers it for each experiment when many processes fill from two configurations at once', async () => {
    const scene = await Scene.of(0, open);
    const others = await Promise.all([1, 2, 3, 4].map(() => scene.opened.another()));
    await Promise.all(
      others.map(async (repository, index) => {
        for (let part = 0; part < 4; part += 1) {
          const first = 1 + part * 40 + index * 10;
          await repository.fill(seeds(first, first + 9), index % 2 === 0 ? one : two);
        }
      }),
    );
    const rows = await scene.list();
    expect(rows).toHaveLength(160);
    for (const { id, keyfields } of rows) {
      const index = Math.floor((Number(keyfields['seed']) - 1) / 10) % 4;
      expect((await scene.repository.provenance(id)).configuration).toEqual(index % 2 === 0 ? one : two);
    }
  });

  it('remembers the runners of an experiment and what they ran on, when they have gone, too', async () => {
    const scene = await Scene.of(1, open);
    const { repository } = scene;
    const [experiment] = await scene.list();
    const id = experiment?.id ?? 0;
    const [early, late] = [
      { id: newId(), name: 'early', host: 'node-1', pid: 1, workers: 1, version: '1.2.3', facts },
      { id: newId(), name: 'late', host: 'node-2', pid: 2, workers: 2, version: '1.2.4' },
    ];
    for (const runner of [early, late]) await repository.register(runner, 60);
    expect((await repository.provenance(id)).runners).toEqual([]);
    await scene.write(ended(await scene.claimOne(early.id), 'error'));
    await repository.deregister(early.id);
    await repository.reset({});
    await scene.claimOne(late.id);
    const byId = [early, late].sort((some, other) => (some.id < other.id ? -1 : 1));
    expect((await repository.provenance(id)).runners).toEqual(byId);
    // Whoever watches the fleet does not carry it all around.
    expect((await repository.runners()).some((runner) => 'facts' in runner)).toBe(false);
  });
};
