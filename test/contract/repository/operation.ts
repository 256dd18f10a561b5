import { expect, it } from 'vitest';
import { ended, type OpenRepository, Scene } from './scene.ts';

export const operationContract = (open: OpenRepository): void => {
  it('finds nothing that breaks the promise where the other tests hold, with tables or without', async () => {
    const { repository } = await Scene.open(open);
    const errors = async () => (await repository.findings()).filter(({ severity }) => severity === 'error');
    expect(await errors()).toEqual([]);
    await repository.prepare();
    expect(await errors()).toEqual([]);
  });

  it('counts nothing as foreign that is under a lease, be its runner dead', async () => {
    const scene = await Scene.of(5, open);
    const { repository } = scene;
    const runner = await scene.runner();
    const [one] = await scene.claim(runner, 3);
    expect(await repository.foreign()).toBe(0);
    if (one) await scene.write(ended(one));
    await scene.die(runner);
    expect(await repository.foreign()).toBe(0);
    await repository.reap(3);
    expect(await repository.foreign()).toBe(0);
  });
};
