import { createRequire } from 'node:module';
import { settle, type SqliteOptions } from './settle-sqlite.ts';
import type { NativeSqlite } from './sqlite-sql.ts';
import { SqliteDatabase } from './sqlite-database.ts';

type Driver = new (file: string) => NativeSqlite;

/**
 * Opens a file with the ORM's own driver, but without the ORM, which takes many times as long to load. Another copy of
 * SQLite in the same process would drop this one's locks on the file.
 */
export const openNative = (file: string): NativeSqlite => {
  const Driver = createRequire(import.meta.resolve('@mikro-orm/sqlite'))('better-sqlite3') as Driver;
  return new Driver(file);
};

/** A study's file, opened when it is first used. */
export const sqliteDatabase = (options: SqliteOptions): SqliteDatabase => {
  let native: NativeSqlite | undefined;
  const connect = async (): Promise<NativeSqlite> => {
    native?.close(); // it was opened, but did not settle
    native = openNative(options.file);
    await settle(native, options);
    return native;
  };
  return new SqliteDatabase(connect, options.file, async () => native?.close());
};
