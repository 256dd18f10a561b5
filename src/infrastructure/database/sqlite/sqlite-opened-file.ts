import { linkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

/** A file and its identity: device and inode. */
interface Part {
  readonly path: string;
  readonly identity: string;
}

const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
};

/**
 * The files that an SQLite connection has opened. A backup, a sync or `rm` may remove or replace one of them. SQLite
 * continues with the opened files and reports no error. All that it writes then is lost when the process ends.
 */
export class OpenedFile {
  readonly file: string;
  readonly #parts: readonly Part[];

  private constructor(file: string, parts: readonly Part[]) {
    this.file = file;
    this.#parts = parts;
  }

  /** Call it directly after a connection has opened and read the file. A database in memory has no file. */
  static of(native: NativeSqlite, file: string): OpenedFile | undefined {
    if (file === ':memory:') return undefined;
    // If `file` is a link, the log is beside the target of the link.
    const real = realpathSync(file);
    const logs = native.pragma('journal_mode', { simple: true }) === 'wal' ? [`${real}-wal`, `${real}-shm`] : [];
    const parts = [resolve(file), ...logs].flatMap((path) => {
      const identity = identityOf(path);
      return identity === undefined ? [] : [{ path, identity }];
    });
    return new OpenedFile(file, parts);
  }

  /** What has happened to the files. Undefined: each is still the same file. */
  problem(): string | undefined {
    for (const { path, identity } of this.#parts) {
      const found = this.#look(path);
      if (found === identity) continue;
      return `${path} was ${found === undefined ? 'removed' : 'replaced by another file'} while it was in use`;
    }
    return undefined;
  }

  #look(path: string): string | undefined {
    try {
      return identityOf(path);
    } catch (error) {
      throw new ExperimenterError(
        'DATABASE_UNREACHABLE',
        `${this.file} cannot be looked at: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  /**
   * Copies what the connection still sees to a file beside the lost one, and returns its name. Every runner on the same
   * lost file uses the same name, and the first copy stays. It has all that was acknowledged before the loss.
   */
  rescue(native: NativeSqlite): string {
    const lost = this.#parts[0]?.identity.replace(':', '-') ?? '';
    const copy = `${this.file}.rescued-${lost}`;
    const draft = `${copy}.${process.pid}-${process.hrtime.bigint()}`;
    try {
      native.prepare('VACUUM INTO ?').run([draft]);
      linkSync(draft, copy);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    return copy;
  }
}

/** The error of a connection on which nothing more may be acknowledged. */
export const lostFile = (
  native: NativeSqlite,
  opened: OpenedFile,
  problem: string,
  wrote: boolean,
): ExperimenterError =>
  new ExperimenterError('DATABASE_UNSUPPORTED', `${problem}; ${wrote ? rescued(native, opened) : 'start again'}`);

const rescued = (native: NativeSqlite, opened: OpenedFile): string => {
  const { file } = opened;
  try {
    const copy = opened.rescue(native);
    return (
      `all that was recorded until then is in ${copy}: stop every runner, remove ${file}-wal and ${file}-shm, put that copy ` +
      `in the place of ${file}, and start again; keep backups and syncs away from it while runners work`
    );
  } catch (error) {
    return (
      `what was recorded in it could not be copied (${(error as Error).message}): stop every runner, take ${file} from a ` +
      'backup, and start again'
    );
  }
};
