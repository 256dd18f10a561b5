import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { companionTableName } from '../../src/domain/study.ts';
import { openSqliteRepository } from '../../src/infrastructure/database/open-sqlite.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import { experimentRepositoryContract } from './experiment-repository.ts';

experimentRepositoryContract('SqlRepository on SQLite', async (study) => {
  const file = path.join(temporaryDirectory(), 'study.sqlite');
  const opened = [await openSqliteRepository(study, { file, synchronous: 'normal' })] as const;
  const all = [...opened];
  const runners = `"${companionTableName(study, 'runners').replaceAll('"', '""')}"`;
  const behind = (sql: string, id: string) => {
    const native = openNativeSqlite(file);
    native.prepare(sql).run(id);
    native.close();
  };
  return {
    repository: opened[0],
    another: async (other = study) => {
      const repository = await openSqliteRepository(other, { file, synchronous: 'normal' });
      all.push(repository);
      return repository;
    },
    expire: async (runnerId) =>
      behind(`UPDATE ${runners} SET expires_at = '2000-01-01 00:00:00.000' WHERE id = ?`, runnerId),
    forget: async (runnerId) => behind(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
    elapse: async (milliseconds) => sleep(milliseconds),
    close: async () => void (await Promise.all(all.map((repository) => repository.close()))),
  };
});
