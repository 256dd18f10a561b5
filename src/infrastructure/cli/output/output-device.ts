import { constants, createWriteStream, fstatSync, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isatty } from 'node:tty';
import { ExperimenterError } from '../../../domain/errors.ts';
import { DataOut } from './data-out.ts';

/** If the file is a device or a pipe, lets `write` write to it and returns true. Throws `USAGE` with the flag. */
export const toDevice = async (
  file: string,
  flag: string,
  write: (out: DataOut) => Promise<void>,
): Promise<boolean> => {
  const target = resolve(file);
  try {
    const stream = standardStream(target) ?? inherited(target) ?? (await device(target));
    if (!stream) return false;
    stream.on('error', () => {}); // the failed write reports it
    const out = new DataOut(stream, isTerminal(stream));
    await write(out);
    await out.flush();
    if (stream === process.stdout || stream === process.stderr) return true;
    if (out.gone) stream.destroy();
    else await finished(stream.end());
    return true;
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== 'write' && syscall !== 'open' && syscall !== 'fstat') throw error;
    throw new ExperimenterError('USAGE', `${flag}: ${target} cannot be written: ${message}`, { cause: error });
  }
};

const standardStream = (target: string): Writable | undefined => {
  const descriptor = descriptorOf(target);
  return descriptor === 1 ? process.stdout : descriptor === 2 ? process.stderr : undefined;
};

/** A stream that the process inherited, such as that of the shell's `>(…)`. */
const inherited = (target: string): Writable | undefined => {
  const descriptor = descriptorOf(target);
  if (descriptor === undefined) return undefined;
  const found = fstatSync(descriptor);
  // Descriptors that Node opened for itself have other types.
  if (!found.isFile() && !found.isFIFO() && !found.isCharacterDevice() && !found.isSocket())
    throw Object.assign(new Error('it is no output of this process'), { syscall: 'open' });
  return createWriteStream('', { fd: descriptor, autoClose: false });
};

const descriptorOf = (target: string): number | undefined => {
  const names: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(target) ?? [];
  return names[target] ?? (number === undefined ? undefined : Number(number));
};

/** Whether the stream writes to a terminal. */
const isTerminal = (stream: Writable): boolean =>
  isatty((stream as Writable & { readonly fd?: number | null }).fd ?? -1);

/** Opens a character device or a named pipe. Links are not followed, and disks are not written. */
const device = async (target: string): Promise<Writable | undefined> => {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (!found?.isCharacterDevice() && !found?.isFIFO()) return undefined;
  const { O_WRONLY, O_NOCTTY, O_NOFOLLOW } = constants;
  const handle = await open(target, O_WRONLY | O_NOCTTY | O_NOFOLLOW);
  return handle.createWriteStream();
};
