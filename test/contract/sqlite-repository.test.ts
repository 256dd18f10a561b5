import { openSqliteRepository } from '../../src/infrastructure/database/open-sqlite.ts';
import { sqliteContract } from './sqlite-contract.ts';

sqliteContract('SqlRepository on SQLite', async (study, file) =>
  openSqliteRepository(study, { file, synchronous: 'normal' }),
);
