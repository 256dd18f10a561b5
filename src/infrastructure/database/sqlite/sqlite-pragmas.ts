import { setTimeout as sleep } from 'node:timers/promises';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { SqlRepositoryOptions } from '../connection/repository-options.ts';
import { SMALL_CACHE } from './sqlite-cache.ts';
import type { NativeSqlite } from './sqlite-sql.ts';
import { isBusy } from './sqlite-errors.ts';

export interface SqliteOptions extends SqlRepositoryOptions {
  readonly file: string;
  /** `full` (default): a commit survives a power cut. `normal`: it survives a crash of the process, and costs less. */
  readonly synchronous?: 'full' | 'normal';
}

/** Older versions can corrupt a database in WAL mode when several connections write and checkpoint it. */
const OLDEST = [3, 51, 3] as const;

/** Configures a connection that only reads. No setting changes the file. */
export const settleReader = (native: NativeSqlite): void => {
  requireVersion(String(native.prepare('SELECT sqlite_version()').raw(true).all([])[0]?.[0]));
  native.pragma('busy_timeout = 10');
  native.pragma('trusted_schema = OFF');
  native.pragma('cell_size_check = ON');
  native.pragma(SMALL_CACHE);
};

/** Configures a connection that writes, before its first use. */
export const settle = async (native: NativeSqlite, { file, synchronous = 'full' }: SqliteOptions): Promise<void> => {
  requireVersion(String(native.prepare('SELECT sqlite_version()').raw(true).all([])[0]?.[0]));
  // A wait inside the library blocks the event loop. A short one avoids a turn of the loop for most waits.
  native.pragma('busy_timeout = 10');
  // Only a new file accepts it. With larger pages, a commit writes fewer pages to the log. At 16 KiB, single commits
  // become slower.
  native.pragma('page_size = 8192');
  const mode = await patiently(() => native.pragma('journal_mode = WAL', { simple: true }));
  if (mode !== 'wal' && file !== ':memory:') {
    throw new ExperimenterError(
      'DATABASE_UNSUPPORTED',
      `${file}: SQLite's write-ahead log cannot be used here (journal mode ${String(mode)}); name another file`,
    );
  }
  native.pragma(`synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`);
  native.pragma('foreign_keys = ON');
  // The file may come from another person: its triggers and views may not call functions with side effects.
  native.pragma('trusted_schema = OFF');
  native.pragma('cell_size_check = ON');
  native.pragma(SMALL_CACHE);
  native.pragma('wal_autocheckpoint = 0'); // SqliteDatabase runs the checkpoints
  native.pragma('journal_size_limit = 67108864');
};

export const requireVersion = (version: string): void => {
  const parts = version.split('.').map(Number);
  const at = OLDEST.findIndex((part, index) => part !== (parts[index] ?? 0));
  if (at === -1 || (parts[at] ?? 0) > (OLDEST[at] ?? 0)) return;
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `SQLite ${version} can corrupt a database that several processes write; at least ${OLDEST.join('.')} is needed: update better-sqlite3`,
  );
};

/** The switch to WAL needs exclusive access to the file for a moment. */
const patiently = async <Result>(work: () => Result): Promise<Result> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || tries === 1_000) throw error;
      await sleep(1 + Math.random() * 20);
    }
  }
};
