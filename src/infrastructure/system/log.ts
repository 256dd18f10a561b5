import type { Log } from '../../application/ports/ports.ts';
import { append, requireWritable } from './append-file.ts';
import { visible } from '../text/safe-text.ts';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

/**
 * One line each: to stderr, so that data on stdout stays data, and to the file if one is named. Throws `CONFIG_INVALID`
 * if it cannot be written. A later failure is reported once and stops nothing else. Failed experiments go to the file only,
 * with their whole error: thousands of stacks on stderr would hide the other lines of a run.
 */
export const lineLog = (
  { level, file }: { readonly level: LogLevel; readonly file: string | null },
  writeLine: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Log => {
  if (file !== null) requireWritable('log.file', file);
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
    failed: (message) => {
      if (level !== 'silent') keep(`error: ${message}`);
    },
  };
};
