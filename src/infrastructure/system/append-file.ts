import { accessSync, closeSync, constants, lstatSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExperimenterError } from '../../domain/errors.ts';

/**
 * Appends a whole text. A link is not followed: in a folder of another user it may lead anywhere. A pipe without a reader is
 * an error; the call does not wait for a reader.
 */
export const append = (file: string, text: string): void => {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  // Windows has no such flags.
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
  const descriptor = openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o644);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
  } finally {
    closeSync(descriptor);
  }
};

/** Checks without creating the file: many verbs never write a line. Throws `CONFIG_INVALID` under the name of the key. */
export const requireWritable = (key: string, file: string): void => {
  const refuse = (why: string, cause?: unknown): never => {
    throw new ExperimenterError('CONFIG_INVALID', `${key}: ${file} cannot be written: ${why}`, { cause });
  };
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) refuse('it is a link, which is not followed');
  if (found?.isDirectory()) refuse('it is a directory');
  try {
    accessSync(found ? file : dirname(file), constants.W_OK);
  } catch (error) {
    refuse((error as Error).message, error);
  }
};
