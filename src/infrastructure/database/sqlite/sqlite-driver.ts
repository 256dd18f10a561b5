import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { settle, type SqliteOptions } from './sqlite-pragmas.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { isUnopened } from './sqlite-errors.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

type Driver = new (file: string, options?: { readonly readonly: boolean }) => NativeSqlite;

/** Makes SQLite accept URIs as file names. The driver reads it once, at the first connection of the process. */
const URIS = 'SQLITE_USE_URI';
let asked = false;

/**
 * Opens a file with the ORM's own driver, but without the ORM, which takes many times as long to load. A second copy of
 * SQLite in the process would drop the locks of this copy on the file.
 */
export const openNative = (file: string, { readonly = false } = {}): NativeSqlite => {
  const Driver = createRequire(import.meta.resolve('@mikro-orm/sqlite'))('better-sqlite3') as Driver;
  const ask = !asked && process.env[URIS] === undefined;
  asked = true;
  if (ask) process.env[URIS] = '1';
  try {
    return new Driver(file, { readonly });
  } finally {
    if (ask) delete process.env[URIS];
  }
};

/**
 * Opens a file that no process writes, without locks and without files beside it. Undefined if another part of the
 * process has loaded the driver, and it accepts no URIs.
 */
export const openAtRest = (file: string): NativeSqlite | undefined => {
  try {
    return openNative(`${pathToFileURL(file).href}?immutable=1`, { readonly: true });
  } catch (error) {
    if (isUnopened(error)) return undefined;
    throw error;
  }
};

/** The database of a file, which is opened at the first use. */
export const sqliteDatabase = (options: SqliteOptions): SqliteDatabase => {
  let native: NativeSqlite | undefined;
  const connect = async (): Promise<NativeSqlite> => {
    native?.close(); // it was opened, but `settle` failed
    native = openNative(options.file);
    await settle(native, options);
    return native;
  };
  return new SqliteDatabase(connect, options.file, async () => native?.close());
};
