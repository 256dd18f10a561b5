import { createRequire } from 'node:module';

/** The very library of the product: another one in the same process would make SQLite lose its locks. */
interface NativeSqlite {
  prepare(sql: string): {
    run(...parameters: readonly unknown[]): unknown;
    all(...parameters: readonly unknown[]): Record<string, unknown>[];
  };
  exec(sql: string): void;
  pragma(text: string, options?: { simple: boolean }): unknown;
  close(): void;
}

// As the product does: the first connection decides for the process.
process.env['SQLITE_USE_URI'] ??= '1';

/** A connection of a test's own, to look at a study's file or to change it behind the repository's back. */
export const openNativeSqlite = (file: string): NativeSqlite => {
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => NativeSqlite;
  return new Database(file);
};
