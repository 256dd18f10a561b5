import { randomUUID } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { ExperimenterError } from '../../domain/errors.ts';
import { DataOut } from './data-out.ts';
import { exitCodeOfSignal } from './exit-code.ts';
import { Stop } from './signals.ts';

/** Lets `write` fill a file: see `fillFileWhole`. */
export const writeFileWhole = async (
  file: string,
  force: boolean,
  write: (out: DataOut) => Promise<void>,
  flag?: string,
): Promise<void> =>
  fillFileWhole(
    file,
    force,
    async (_temporary, handle) => {
      const stream = handle.createWriteStream({ flush: true });
      stream.on('error', () => {}); // told by the write that failed
      const out = new DataOut(stream);
      await write(out);
      await out.flush();
      stream.end();
      await finished(stream);
    },
    flag,
  );

/**
 * Lets `fill` fill a file, which is empty and has a name of its own until it is whole. A link of the final name is
 * replaced, never followed. Throws `CONFIRMATION_NEEDED` if there is something of that name and `force` does not say to
 * replace it, `USAGE` if the place cannot be written, both naming the flag.
 */
export const fillFileWhole = async (
  file: string,
  force: boolean,
  fill: (temporary: string, handle: FileHandle) => Promise<void>,
  flag = '--output',
): Promise<void> => {
  const target = resolve(file);
  const refuseExisting = (): void => {
    if (force || !lstatSync(target, { throwIfNoEntry: false })) return;
    throw new ExperimenterError(
      'CONFIRMATION_NEEDED',
      `${flag}: ${target} exists already; give --force to replace it, or another name`,
    );
  };
  refuseExisting();
  // Nobody can know this name beforehand and put a link there.
  const temporary = `${target}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'wx').catch((error: Error) => {
    throw new ExperimenterError('USAGE', `${flag}: ${target} cannot be written: ${error.message}`, { cause: error });
  });
  const stop = new Stop({
    now: () => performance.now(),
    onStep: (_step, signal) => {
      rmSync(temporary, { force: true });
      process.exit(exitCodeOfSignal(signal));
    },
  });
  const stopListening = stop.listen();
  try {
    await fill(temporary, handle);
    await handle.close(); // unless a stream has closed it
    refuseExisting(); // it may have come in the meantime
    await rename(temporary, target);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  } finally {
    stopListening();
  }
};
