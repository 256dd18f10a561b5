import { randomUUID } from 'node:crypto';
import { lstatSync, rmSync, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { ExperimenterError } from '../../../domain/errors.ts';
import { DataOut } from './data-out.ts';
import { exitCodeOfSignal } from './exit-code.ts';
import { toDevice } from './output-device.ts';
import { StopRequest } from './signals.ts';

/**
 * Lets `write` write to a file, see `fillFileWhole`. A device or a pipe is written and never replaced: `/dev/null`,
 * `/dev/stdout`, a named pipe, the shell's `>(…)`.
 */
export const writeFileWhole = async (
  file: string,
  force: boolean,
  write: (out: DataOut) => Promise<void>,
  flag = '--output',
): Promise<void> => {
  if (await toDevice(file, flag, write)) return;
  await fillFileWhole(
    file,
    force,
    async (_temporary, handle) => {
      const stream = handle.createWriteStream({ flush: true });
      stream.on('error', () => {}); // the failed write reports it
      const out = new DataOut(stream);
      await write(out);
      await out.flush();
      stream.end();
      await finished(stream);
    },
    flag,
  );
};

/**
 * Lets `fill` fill an empty file, which has a temporary name until it is complete. A link with the final name is
 * replaced and not followed. A replaced file passes its permissions and its owner on. Throws `CONFIRMATION_NEEDED` if
 * the name exists and `force` is false, and `USAGE` if the place cannot be written. Both name the flag.
 */
export const fillFileWhole = async (
  file: string,
  force: boolean,
  fill: (temporary: string, handle: FileHandle) => Promise<void>,
  flag = '--output',
): Promise<void> => {
  const target = resolve(file);
  const usage = (why: string, cause?: unknown): never => {
    throw new ExperimenterError('USAGE', `${flag}: ${target} ${why}`, { cause });
  };
  const existing = (): Stats | undefined => {
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (found?.isDirectory()) return usage('is a directory; name a file in it');
    // Links of the system, such as /dev/stdout, lead to devices.
    const replaceable = found?.isFile() || (found?.isSymbolicLink() && !/^\/(dev|proc)\//.test(target));
    if (found && !replaceable) return usage('is a device, a pipe or a socket, which cannot hold this; name a file');
    if (!found || force) return found;
    throw new ExperimenterError(
      'CONFIRMATION_NEEDED',
      `${flag}: ${target} exists already; give --force to replace it, or another name`,
    );
  };
  const replaced = existing();
  // The name is random, so that an attacker cannot put a link there before.
  const temporary = `${target}.${randomUUID()}.tmp`;
  const mode = replaced?.isFile() ? replaced.mode & 0o777 : 0o666;
  const handle = await open(temporary, 'wx', mode).catch((error: Error) =>
    usage(`cannot be written: ${error.message}`, error),
  );
  const stop = new StopRequest({
    now: () => performance.now(),
    onStep: (_step, signal) => {
      rmSync(temporary, { force: true });
      process.exit(exitCodeOfSignal(signal));
    },
  });
  const stopListening = stop.listen();
  try {
    if (replaced?.isFile()) await copyOwnership(replaced, handle);
    await fill(temporary, handle);
    await handle.close(); // unless a stream has closed it
    existing(); // the file may have appeared in the meantime
    await rename(temporary, target);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === 'write' || syscall === 'fsync' || syscall === 'rename')
      usage(`cannot be written: ${message}`, error);
    throw error;
  } finally {
    stopListening();
  }
};

/** Copies owner, group and permissions, as far as this user may: only root may change the owner. */
const copyOwnership = async ({ uid, gid, mode }: Stats, handle: FileHandle): Promise<void> => {
  const own = await handle.stat();
  const refused = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPERM') throw error;
  };
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid).catch(refused);
  await handle.chmod(mode & 0o777);
};
