import { accessSync, closeSync, constants, lstatSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExperimenterError } from '../domain/errors.ts';

/** A link is not followed: it may lead out of a folder that somebody else has made. */
export const append = (file: string, text: string): void => {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  // Windows knows no such flag.
  const noFollow = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
  const descriptor = openSync(file, O_APPEND | O_CREAT | O_WRONLY | noFollow, 0o644);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
};

/** Looks, and creates nothing: many verbs never write a line. Throws `CONFIG_INVALID` under the name of the key. */
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
