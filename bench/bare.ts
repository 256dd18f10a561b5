import { bareMysql } from './bare-mysql.ts';
import type { Bare } from './bare-rows.ts';
import { bareSqlite } from './bare-sqlite.ts';
import type { Database } from './measure.ts';
import type { Study } from './study.ts';

/** Lends a bare driver on the study's database. */
export const withBare = async <Result>(
  database: Database,
  { file, table }: Study,
  work: (bare: Bare) => Promise<Result>,
): Promise<Result> => {
  const bare = database.name === 'sqlite' ? bareSqlite(file, table) : await bareMysql(database.url, table);
  try {
    return await work(bare);
  } finally {
    await bare.close();
  }
};
