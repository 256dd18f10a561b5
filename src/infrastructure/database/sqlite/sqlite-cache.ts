import type { Database } from '../connection/sql.ts';

/* The part of its file that an SQLite connection keeps in memory. */

const pragma = (kibibytes: number): string => `cache_size = -${kibibytes}`;

/** The default of a connection: a reader reads each page once. */
export const SMALL_CACHE = pragma(8_192);
const LARGE_CACHE = pragma(65_536);

/** Uses a larger cache during the work: a fill accesses the whole keyfield index again and again. */
export const withLargeCache = async <Result>(database: Database, work: () => Promise<Result>): Promise<Result> => {
  const set = async (cache: string) => database.read((sql) => sql.run(`PRAGMA ${cache}`));
  await set(LARGE_CACHE);
  try {
    return await work();
  } finally {
    await set(SMALL_CACHE);
  }
};
