import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { settle, type SqliteOptions } from './sqlite-pragmas.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { isUnopened } from './sqlite-errors.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

type Driver = new (file: string, options?: { readonly readonly: boolean }) => NativeSqlite;

/** The driver's first connection decides for the process whether SQLite takes names as URIs: it asks the environment. */
const URIS = 'SQLITE_USE_URI';
let asked = false;

/**
 * Opens a file with the ORM's own driver, but without the ORM, which takes many times as long to load. Another copy of
 * SQLite in the same process would drop this one's locks on the file.
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
 * A file that no process writes, without locks and without files beside it. Undefined where the driver was loaded by
 * another part of the process, and takes no URIs.
 */
export const openAtRest = (file: string): NativeSqlite | undefined => {
  try {
    return openNative(`${pathToFileURL(file).href}?immutable=1`, { readonly: true });
  } catch (error) {
    if (isUnopened(error)) return undefined;
    throw error;
  }
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
