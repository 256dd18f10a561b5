import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import * as entities from '../../../src/infrastructure/database/schema/study-entities.ts';
import { temporaryDirectory } from '../../support/databases.ts';

const { studyEntities } = entities;
const study = defineStudy({ table: 'notes', keyfields: { seed: 'INT' } });

vi.mock(import('../../../src/infrastructure/database/schema/study-entities.ts'), { spy: true });

it('opens no study whose experiments are no entity: a run claims, records and reads through their repository', async () => {
  vi.mocked(studyEntities).mockImplementationOnce((tables, repositories) => {
    const made = studyEntities(tables, repositories);
    return { ...made, schemas: made.schemas.filter(({ meta }) => meta.tableName !== study.table) };
  });
  const file = path.join(temporaryDirectory(), 'notes.sqlite');
  await expect(openSqliteRepository(study, { file })).rejects.toThrow('Experiment');
});
