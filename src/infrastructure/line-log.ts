import { accessSync, closeSync, constants, lstatSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../application/ports.ts';
import { ExperimenterError } from '../domain/errors.ts';
import { visible } from './config/printable.ts';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

/**
 * One line each: to stderr, so that data on stdout stays data, and to the file if one is named. Throws `CONFIG_INVALID`
 * if that cannot be written; when it fails later on, that is said once, and nothing else fails with it.
 */
export const lineLog = (
  { level, file }: { readonly level: LogLevel; readonly file: string | null },
  writeLine: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Log => {
  if (file !== null) requireWritable(file);
  let failed = false;
  const keep = (line: string): void => {
    if (file === null) return;
    try {
      append(file, `${new Date().toISOString()} ${visible(line.replace(/[\t\r\n]+/g, ' '))}\n`);
      failed = false;
    } catch (error) {
      if (!failed) writeLine(`warn: log.file: ${file} cannot be written: ${(error as Error).message}`);
      failed = true;
    }
  };
  const write = (of: Exclude<LogLevel, 'silent'>, message: string): void => {
    if (levels.indexOf(of) < levels.indexOf(level)) return;
    const line = `${of}: ${message}`;
    writeLine(line);
    keep(line);
  };
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message) => write('error', message),
  };
};

/** A link is not followed: it may lead out of a folder that somebody else has made. */
const append = (file: string, text: string): void => {
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

/** Looks, and creates nothing: many verbs never log a line. */
const requireWritable = (file: string): void => {
  const refuse = (why: string, cause?: unknown): never => {
    throw new ExperimenterError('CONFIG_INVALID', `log.file: ${file} cannot be written: ${why}`, { cause });
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
