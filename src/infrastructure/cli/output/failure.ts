import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ExperimenterError } from '../../../domain/errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { systemFailure } from './system-failure.ts';
import { plainLines } from '../../text/terminal-text.ts';

/** What the user is told about a failure, and the exit code. Ours say what to do; anything else brings its stack. */
export interface FailureReport {
  readonly text: string;
  readonly exitCode: number;
}

/** Turns whatever was thrown into what is printed on stderr. */
export const failureReport = (thrown: unknown, json: boolean): FailureReport => {
  const error = thrown instanceof CommanderError ? usageError(thrown) : (systemFailure(thrown) ?? thrown);
  const known = error instanceof ExperimenterError;
  const code = known ? error.code : 'UNEXPECTED';
  const message = error instanceof Error ? error.message : String(error);
  const exitCode = exitCodeOf(error);
  if (json) {
    const details = known ? {} : { stack: inspect(error) };
    return { text: jsonText({ v: 1, error: { code, message, ...details } }), exitCode };
  }
  const words = known
    ? message
    : `unexpected: ${inspect(error)}\nThis is a defect of ts-experimenter or of a package it stands on: please report it with these lines.`;
  return { text: `ts-experimenter: ${plainLines(words)}`, exitCode };
};

/** Commander's words without its prefix. */
const usageError = ({ message }: CommanderError): ExperimenterError =>
  new ExperimenterError('USAGE', message.replace(/^error: /, ''));
