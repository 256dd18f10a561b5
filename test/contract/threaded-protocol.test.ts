import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExperimentRepository } from '../../src/domain/repository/experiment-repository.ts';
import { defineStudy } from '../../src/domain/study/define-study.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { openSqliteRepository } from '../../src/infrastructure/database/open-sqlite.ts';
import { ThreadedProtocol } from '../../src/infrastructure/database/thread/threaded-protocol.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { sqliteContract } from './sqlite-contract.ts';

/** A repository whose protocol is spoken by the thread, as in a run; everything else is done here. */
const open = async (study: StudyDefinition, file: string): Promise<ExperimentRepository> => {
  const here = await openSqliteRepository(study, { file, synchronous: 'normal' });
  const there = new ThreadedProtocol(study, { file, synchronous: 'normal' });
  const close = async () => void (await Promise.all([here.close(), there.close()]));
  return new Proxy<ExperimentRepository>(here, {
    get: (_, name: keyof ExperimentRepository) => {
      if (name === 'close') return close;
      if (Object.hasOwn(there, name)) return there[name as keyof ThreadedProtocol];
      const own: unknown = here[name];
      return typeof own === 'function' ? own.bind(here) : own;
    },
  });
};

sqliteContract('ThreadedProtocol on SQLite', open);

describe('the database thread', () => {
  const study = defineStudy({ table: 'threaded', keyfields: { seed: 'INT' }, resultfields: { x: 'DOUBLE' } });
  const inFile = () => ({ file: path.join(temporaryDirectory(), 'study.sqlite') });

  it('hands errors over with their codes', async () => {
    const protocol = new ThreadedProtocol(study, inFile());
    await expect(protocol.leases()).rejects.toMatchObject({ name: 'ExperimenterError', code: 'SCHEMA_MISMATCH' });
    await protocol.close();
    await protocol.close();
  });

  it('that dies fails every call with its error, which is no outage, and can be closed', async () => {
    const broken = { ...study, keyfields: null } as unknown as StudyDefinition;
    const protocol = new ThreadedProtocol(broken, inFile());
    const asked = [protocol.leases(), protocol.watchedRunners()];
    for (const call of asked) await expect(call).rejects.toThrow(/null/);
    await expect(protocol.heartbeat('any', 60)).rejects.toThrow(/null/);
    await expect(protocol.heartbeat('any', 60)).rejects.not.toHaveProperty('code');
    await protocol.close();
  });

  it('that was closed answers no more', async () => {
    const protocol = new ThreadedProtocol(study, inFile());
    await protocol.close();
    await expect(protocol.leases()).rejects.toThrow('has ended');
  });
});
