import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MEGABYTES = 64;
const LARGEST = 1024 * 1024;

/**
 * A file system of 64 MB in memory, that can be filled to the last byte. As with a private server, a guard process
 * unmounts it however this process ends.
 */
export class SmallDisk {
  readonly directory: string;
  readonly #guard: ChildProcess;

  private constructor(directory: string) {
    this.directory = directory;
    this.#guard = spawn('bash', ['-c', 'cat >/dev/null; umount -l -- "$0"', directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  /** Needs root, and the right to mount. */
  static mount(directory: string): SmallDisk {
    mkdirSync(directory, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=0700`, 'tmpfs', directory], { stdio: 'pipe' });
    return new SmallDisk(directory);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (let size = LARGEST; size >= 1; size = Math.floor(size / 2)) {
        while (wrote(file, Buffer.alloc(size)));
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** Unmounts it; what was on it is gone. */
  async close(): Promise<void> {
    const gone = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await gone;
  }

  get #ballast(): string {
    return join(this.directory, 'ballast');
  }
}

/** False: there is no space for it. */
const wrote = (file: number, bytes: Buffer): boolean => {
  try {
    return writeSync(file, bytes) === bytes.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
};
