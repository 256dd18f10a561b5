import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { openNativeSqlite } from '../support/native-sqlite.ts';

/** An SQLite file that is taken from under those who have it open, and is put back when they have ended. */
export class MovableFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** By `rm`; or by a backup that takes its place, as a restore or a synchronisation does. */
  take(how: 'removed' | 'replaced'): void {
    const backup = `${this.#file}.backup`;
    if (how === 'replaced') {
      const native = openNativeSqlite(this.#file);
      native.prepare('VACUUM INTO ?').run(backup);
      native.close();
    }
    // what is written to it from now on is in it still
    for (const ending of ['', '-wal'])
      if (existsSync(this.#file + ending)) linkSync(this.#file + ending, this.#kept + ending);
    if (how === 'replaced') renameSync(backup, this.#file);
    this.#remove(how === 'replaced' ? ['-wal', '-shm'] : ['', '-wal', '-shm']);
  }

  giveBack(): void {
    this.#remove(['', '-wal', '-shm']);
    for (const ending of ['', '-wal'])
      if (existsSync(this.#kept + ending)) renameSync(this.#kept + ending, this.#file + ending);
  }

  get #kept(): string {
    return `${this.#file}.kept`;
  }

  #remove(endings: readonly string[]): void {
    for (const ending of endings) rmSync(this.#file + ending, { force: true });
  }
}
