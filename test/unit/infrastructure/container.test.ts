import 'reflect-metadata';
import { container as root } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import {
  defineStudy,
  type ExperimentRepository,
  Experimenter,
  InlinePool,
  type RunnerProtocol,
  tokens,
} from '../../../src/index.ts';
import { MemoryRepository } from '../../support/memory-repository.ts';

const study = defineStudy({ table: 'squares', keyfields: { n: 'INT' }, resultfields: { square: 'INT' } });
const config = {
  experiment: { command: ['true'] },
  table: { name: 'squares', keyfields: { n: { type: 'INT', values: [1, 2] } }, resultfields: { square: 'INT' } },
  log: { level: 'silent' },
};

describe('a container of the user', () => {
  it('takes an implementation of each port under its token, and a run speaks the protocol of its own', async () => {
    const container = root.createChildContainer();
    const repository: ExperimentRepository = new MemoryRepository(study, { date: () => new Date() });
    const calls: string[] = [];
    const protocol: RunnerProtocol = new Proxy(repository, {
      get: (target, name) => {
        if (name === 'close') return async () => void calls.push('close');
        const method: unknown = Reflect.get(target, name);
        return typeof method !== 'function'
          ? method
          : (...args: unknown[]): unknown => {
              calls.push(String(name));
              return Reflect.apply(method, target, args);
            };
      },
    });
    container.registerInstance(tokens.repository, repository);
    container.registerInstance(tokens.openProtocol, async () => protocol);
    container.registerInstance(tokens.workerPools, {
      check: async () => {},
      open: async (_source, { workers: size }) =>
        new InlinePool({
          size,
          study,
          custom: {},
          experiment: ({ keyfields: { n } }) => ({ square: Number(n) ** 2 }),
        }),
    });
    await using experimenter = await Experimenter.open({ config, container });
    await experimenter.fillFromConfig();
    expect(await experimenter.execute({ workers: 1 })).toMatchObject({ done: 2 });
    expect(calls).toEqual(expect.arrayContaining(['register', 'claim', 'record', 'deregister']));
    expect(calls.at(-1)).toBe('close');
  });

  it('is not disposed with the study, and keeps nothing of it', async () => {
    const container = root.createChildContainer();
    container.registerInstance(tokens.repository, new MemoryRepository(study, { date: () => new Date() }));
    for (let times = 0; times < 2; times += 1) {
      await using experimenter = await Experimenter.open({ config, container });
      expect(await experimenter.exists()).toBe(false);
    }
    expect(container.isRegistered(tokens.clock)).toBe(false);
  });
});
