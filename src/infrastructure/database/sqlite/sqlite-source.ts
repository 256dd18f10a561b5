import { execFile } from 'node:child_process';
import { type BigIntStats, existsSync, statSync } from 'node:fs';
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ExperimenterError } from '../../../domain/errors.ts';
import { settleReader } from './sqlite-pragmas.ts';
import { openAtRest, openNative } from './sqlite-driver.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

/** A connection that changes neither the file nor the files beside it. */
export interface SqliteSource {
  readonly native: NativeSqlite;
  /**
   * Whether the connection takes locks. While one with locks is open, a writer that ends cannot write its log back to
   * the file.
   */
  readonly locks: boolean;
  /**
   * Whether the connection shows the file that has this name now. With locks, SQLite itself notices changes of content.
   */
  isCurrent(): boolean;
  close(): Promise<void>;
}

/** Suffixes of a database file, its write-ahead log, the shared index of the log, and the journal to roll back. */
const BESIDE = ['', '-wal', '-shm', '-journal'] as const;
type Part = (typeof BESIDE)[number];

/** A second change within the same tick of the file system's clock would not be visible. */
const TICK_MILLISECONDS = 20;
const COPY_TRIES = 20;

/**
 * Opens a file for reading. SQLite creates files beside a file in WAL mode, even if it only reads, and leaves them
 * there. For this it needs a writable directory. Therefore:
 *
 * - Without a log or a journal, no process writes the file. It is read without locks, and opened again after a change.
 * - With them, or if the file changes all the time (`inUse`), the connection uses locks, as any other.
 * - A state that a reader alone cannot use is read from a copy. It is a log without its index, or a journal to roll
 *   back. `needsWriter` detects the journal during the read.
 * - On a network file system locks do not hold, so none are taken.
 *
 * Nothing here opens the file but SQLite: closing it would drop the locks of a runner in this process.
 */
export const openSource = async (
  name: string,
  { network = false, inUse = false }: { readonly network?: boolean; readonly inUse?: boolean },
): Promise<SqliteSource> => {
  const file = await realFile(name);
  const parts = partsOf(file);
  if (isAtRest(parts) && (network || !inUse)) {
    const source = await restSource(file);
    if (source) return source;
  }
  if (network || (parts.has('-wal') && !parts.has('-shm'))) return copySource(file);
  const native = openNative(file, { readonly: true });
  settleReader(native);
  return { native, locks: true, isCurrent: () => isSameFile(file, parts), close: async () => native.close() };
};

type Parts = ReadonlyMap<Part, string>;

const isAtRest = (parts: Parts): boolean => !parts.has('-wal') && !parts.has('-journal');

/** The log and the journal are beside the target of a link, not beside the link. */
const realFile = async (name: string): Promise<string> =>
  realpath(name).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(name, error);
  });

/** In this thread, in which SQLite reads the file. Another thread would take many times as long, after each page. */
const statOf = (file: string): BigIntStats | undefined => {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false }); // undefined: ENOENT, ENOTDIR
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
};

/** The existing parts, each with a text that identifies its state. */
const partsOf = (file: string): Parts => {
  const parts = new Map<Part, string>();
  for (const part of BESIDE) {
    const found = statOf(file + part);
    if (found) parts.set(part, `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`);
  }
  return parts;
};

/** The state as one text, without the index, which readers change. */
const stateOf = (parts: Parts): string => JSON.stringify([...parts].filter(([part]) => part !== '-shm'));

const isStill = (file: string, parts: Parts): boolean => stateOf(partsOf(file)) === stateOf(parts);

/** Whether the file is the same one, and not a file that replaced it. */
const isSameFile = (file: string, parts: Parts): boolean => {
  const [before, now] = [parts, partsOf(file)].map((of) => of.get('')?.split(' ').slice(0, 2).join());
  return before === now;
};

/** The parts, as soon as the last change is old enough to be distinguished from the next one. */
const settledParts = async (file: string): Promise<Parts> => {
  const { mtimeMs } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  if (Math.abs(Date.now() - mtimeMs) < TICK_MILLISECONDS) await sleep(TICK_MILLISECONDS);
  return partsOf(file);
};

/** Undefined: the file is not at rest any more, or cannot be read in this way. */
const restSource = async (file: string): Promise<SqliteSource | undefined> => {
  const parts = await settledParts(file);
  const native = isAtRest(parts) ? openAtRest(file) : undefined;
  if (!native) return undefined;
  settleReader(native);
  return { native, locks: false, isCurrent: () => isStill(file, parts), close: async () => native.close() };
};

/** A copy of the file and its log or journal, in a directory that only this user can access. */
export const copySource = async (name: string): Promise<SqliteSource> => {
  const file = await realFile(name);
  let directory: string | undefined;
  const remove = async (): Promise<void> => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    directory = await mkdtemp(join(tmpdir(), 'ts-experimenter-'));
    const copy = join(directory, 'copy.sqlite');
    const parts = await copied(file, copy);
    const native = openNative(copy);
    settleReader(native);
    const close = async (): Promise<void> => {
      native.close();
      await remove();
    };
    return { native, locks: false, isCurrent: () => isStill(file, parts), close };
  } catch (error) {
    await remove();
    if (error instanceof ExperimenterError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file} can only be read from a copy, which cannot be made in ${tmpdir()}: ${message}; set TMPDIR to a directory with room for it`,
      { cause: error },
    );
  }
};

/** Copies the file with its log or journal, all of one state, and returns that state. */
const copied = async (file: string, copy: string): Promise<Parts> => {
  for (let tries = 0; tries < COPY_TRIES; tries += 1) {
    const parts = await settledParts(file);
    for (const part of BESIDE) await rm(copy + part, { force: true });
    const wanted = [...parts.keys()].filter((part) => part !== '-shm');
    const missed = await Promise.all(wanted.map((part) => copyPart(file + part, copy + part)));
    if (!missed.includes(false) && isStill(file, parts)) return parts;
  }
  throw new ExperimenterError(
    'DATABASE_UNREACHABLE',
    `${file} is written all the time, and cannot be read from here meanwhile: read it on the machine that writes it, or later`,
  );
};

/** Runs in another process: see `openSource`. */
const COPY = `const { chmodSync, constants, copyFileSync } = require('node:fs');
const [from, to] = process.argv.slice(1);
copyFileSync(from, to, constants.COPYFILE_FICLONE);
chmodSync(to, 0o600);`;

/** False: the file does not exist any more. */
const copyPart = async (from: string, to: string): Promise<boolean> => {
  try {
    await promisify(execFile)(process.execPath, ['-e', COPY, from, to], { env: { ...process.env, NODE_OPTIONS: '' } });
    return true;
  } catch (error) {
    if (!existsSync(from)) return false;
    const said = /^Error: (.*)$/m.exec((error as { readonly stderr?: string }).stderr ?? '')?.[1];
    throw said === undefined ? error : new Error(said, { cause: error });
  }
};

const unreadable = (file: string, error: NodeJS.ErrnoException): ExperimenterError =>
  new ExperimenterError('DATABASE_UNREACHABLE', `${file} cannot be read: ${error.message}`, { cause: error });
