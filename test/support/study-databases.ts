import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { openMysqlRepository } from '../../src/infrastructure/database/open-mysql.ts';
import type { MysqlOptions } from '../../src/infrastructure/database/mysql/mysql-driver.ts';
import { openSqliteRepository } from '../../src/infrastructure/database/open-sqlite.ts';
import type { SqlRepository } from '../../src/infrastructure/database/sql-repository.ts';

/** Where a study lies; plain data, so that another process can be told. */
export type DatabaseKind = { readonly file: string } | MysqlOptions;

export const openKind = async (kind: DatabaseKind, study: StudyDefinition): Promise<SqlRepository> =>
  'file' in kind ? openSqliteRepository(study, { ...kind, synchronous: 'normal' }) : openMysqlRepository(study, kind);
