import { EntitySchema } from '@mikro-orm/core';
import { expect, it } from 'vitest';
import { defineStudy } from '../../../../../src/domain/study/define-study.ts';
import { openSqliteRepository } from '../../../../../src/infrastructure/database/open-sqlite.ts';

it('a study that is opened and closed leaves no entity behind in the process', async () => {
  const study = defineStudy({ table: 'study', keyfields: { seed: 'INT' }, logtables: { notes: { text: 'TEXT' } } });
  const before = EntitySchema.REGISTRY.size;
  const repository = await openSqliteRepository(study, { file: ':memory:' });
  await repository.prepare();
  expect(await repository.leases()).toEqual([]);
  await repository.close();
  expect(EntitySchema.REGISTRY.size).toBe(before);
});
