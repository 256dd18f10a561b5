import { type ErrorCode, ExperimenterError } from '../../../domain/errors.ts';
import type { StopSignal } from '../../../domain/stop-signals.ts';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { jsonText } from '../../../domain/values/value-text.ts';
import { systemFailure } from './system-failure.ts';
import { plainLines } from '../../text/terminal-text.ts';

/** Exit codes of the process. Scripts rely on these numbers. */
export const ExitCode = {
  Success: 0,
  Unexpected: 1,
  /** Wrong usage or configuration; nothing was changed. */
  Usage: 2,
  /**
   * Finished, but some experiments failed (or, with --strict, are done without results), or a table that must be
   * complete is not.
   */
  Failures: 3,
  Unreachable: 5,
  SchemaMismatch: 6,
  ConfirmationNeeded: 8,
  /** Stopped as requested, with work left: start it again. */
  WorkLeft: 75,
} as const;

const byCode: Readonly<Record<ErrorCode, number>> = {
  USAGE: ExitCode.Usage,
  CONFIG_INVALID: ExitCode.Usage,
  STUDY_INVALID: ExitCode.Usage,
  MODULE_INVALID: ExitCode.Usage,
  FIELD_UNKNOWN: ExitCode.Usage,
  VALUE_REFUSED: ExitCode.Usage,
  DATABASE_UNREACHABLE: ExitCode.Unreachable,
  DATABASE_UNSUPPORTED: ExitCode.Unreachable,
  SCHEMA_MISMATCH: ExitCode.SchemaMismatch,
  NOT_FOUND: ExitCode.Usage,
  STATE_CONFLICT: ExitCode.Usage,
  ATTEMPT_LOST: ExitCode.Unexpected,
  LIMIT_REACHED: ExitCode.Unexpected,
  CONFIRMATION_NEEDED: ExitCode.ConfirmationNeeded,
};

/** The exit code of an error; an error without a code of this project is unexpected. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof ExperimenterError ? byCode[error.code] : ExitCode.Unexpected;

const signalNumbers: Readonly<Record<Exclude<StopSignal, 'SIGUSR2'>, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** 128 + the signal's number, as shells do. SIGUSR2 asks for a stop that is continued later (Slurm's pre-emption). */
export const exitCodeOfSignal = (signal: StopSignal): number =>
  signal === 'SIGUSR2' ? ExitCode.WorkLeft : 128 + signalNumbers[signal];

/** The exit code of a run. A signal has priority over work left, and work left over failures. */
export const exitCodeOfRun = (run: {
  readonly signal: StopSignal | undefined;
  /** Experiments of the study that no runner has claimed. */
  readonly open: number;
  readonly failed: number;
  /** Experiments that are done without results, if these count as failures. */
  readonly withoutResults?: number;
}): number => {
  if (run.signal !== undefined) return exitCodeOfSignal(run.signal);
  if (run.open > 0) return ExitCode.WorkLeft;
  return run.failed + (run.withoutResults ?? 0) > 0 ? ExitCode.Failures : ExitCode.Success;
};

/** What is printed about a failure, and the exit code. An unexpected error is printed with its stack. */
export interface FailureReport {
  readonly text: string;
  readonly exitCode: number;
}

/** The report about anything that was thrown. */
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

/** Commander's message without its prefix. */
const usageError = ({ message }: CommanderError): ExperimenterError =>
  new ExperimenterError('USAGE', message.replace(/^error: /, ''));
