import type { Database } from '../connection/sql.ts';

/* How much of its file an SQLite connection keeps in memory. */

const pragma = (kibibytes: number): string => `cache_size = -${kibibytes}`;

/** Of a connection by itself: who only reads reads each page once. */
export const SMALL_CACHE = pragma(8_192);
const LARGE_CACHE = pragma(65_536);

/** More while the work lasts: a fill touches the whole index of the keyfields again and again. */
export const withLargeCache = async <Result>(database: Database, work: () => Promise<Result>): Promise<Result> => {
  const set = async (cache: string) => database.read((sql) => sql.run(`PRAGMA ${cache}`));
  await set(LARGE_CACHE);
  try {
    return await work();
  } finally {
    await set(SMALL_CACHE);
  }
};
