import { appendFileSync } from 'node:fs';
import type { Log } from '../application/ports.ts';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

/** One line each: to stderr, so that data on stdout stays data, and to the file if one is named. */
export const lineLog = (
  { level, file }: { readonly level: LogLevel; readonly file: string | null },
  writeLine: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Log => {
  const write = (of: Exclude<LogLevel, 'silent'>, message: string): void => {
    if (levels.indexOf(of) < levels.indexOf(level)) return;
    const line = `${of}: ${message}`;
    writeLine(line);
    if (file !== null) appendFileSync(file, `${new Date().toISOString()} ${line}\n`);
  };
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => write('warn', message),
    error: (message) => write('error', message),
  };
};
