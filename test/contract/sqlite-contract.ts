import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import type { ExperimentRepository } from '../../src/domain/repository/experiment-repository.ts';
import { companionTableName } from '../../src/domain/study/table-names.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import { experimentRepositoryContract } from './experiment-repository.ts';

/** The contract for what `open` makes of a SQLite file. */
export const sqliteContract = (
  name: string,
  open: (study: StudyDefinition, file: string) => Promise<ExperimentRepository>,
): void =>
  experimentRepositoryContract(name, async (study) => {
    const file = path.join(temporaryDirectory(), 'study.sqlite');
    const repository = await open(study, file);
    const all = [repository];
    const runners = `"${companionTableName(study, 'runners').replaceAll('"', '""')}"`;
    const behind = (sql: string, id: string) => {
      const native = openNativeSqlite(file);
      native.prepare(sql).run(id);
      native.close();
    };
    return {
      repository,
      another: async (other = study) => {
        const another = await open(other, file);
        all.push(another);
        return another;
      },
      expire: async (runnerId) =>
        behind(`UPDATE ${runners} SET expires_at = '2000-01-01 00:00:00.000' WHERE id = ?`, runnerId),
      forget: async (runnerId) => behind(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
      elapse: async (milliseconds) => sleep(milliseconds),
      close: async () => void (await Promise.all(all.map((each) => each.close()))),
    };
  });
