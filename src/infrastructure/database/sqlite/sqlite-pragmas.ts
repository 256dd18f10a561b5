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

/** What a connection that only reads is told: nothing that changes the file. */
export const settleReader = (native: NativeSqlite): void => {
  requireVersion(String(native.prepare('SELECT sqlite_version()').raw(true).all([])[0]?.[0]));
  native.pragma('busy_timeout = 10');
  native.pragma('trusted_schema = OFF');
  native.pragma('cell_size_check = ON');
  native.pragma(SMALL_CACHE);
};

/** What every connection that writes is told before it is used. */
export const settle = async (native: NativeSqlite, { file, synchronous = 'full' }: SqliteOptions): Promise<void> => {
  requireVersion(String(native.prepare('SELECT sqlite_version()').raw(true).all([])[0]?.[0]));
  // Waiting inside the library stops the event loop: a little of it spares most waits a turn of the loop, no more.
  native.pragma('busy_timeout = 10');
  // Only a new file takes it. Larger pages are fewer to log at each commit; at 16 KiB single commits begin to suffer.
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
  // The file may come from somebody else: its triggers and views get no functions with side effects.
  native.pragma('trusted_schema = OFF');
  native.pragma('cell_size_check = ON');
  native.pragma(SMALL_CACHE);
  native.pragma('wal_autocheckpoint = 0'); // see SqliteDatabase
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

/** The switch to WAL needs the file alone for a moment. */
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
