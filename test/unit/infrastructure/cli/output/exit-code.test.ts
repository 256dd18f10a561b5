import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, ExperimenterError } from '../../../../../src/domain/errors.ts';
import {
  exitCodeOf,
  exitCodeOfRun,
  exitCodeOfSignal,
  failureReport,
} from '../../../../../src/infrastructure/cli/output/exit-code.ts';

describe('exit codes', () => {
  const codes: Readonly<Record<ErrorCode, number>> = {
    USAGE: 2,
    CONFIG_INVALID: 2,
    STUDY_INVALID: 2,
    MODULE_INVALID: 2,
    FIELD_UNKNOWN: 2,
    VALUE_REFUSED: 2,
    NOT_FOUND: 2,
    STATE_CONFLICT: 2,
    DATABASE_UNREACHABLE: 5,
    DATABASE_UNSUPPORTED: 5,
    SCHEMA_MISMATCH: 6,
    CONFIRMATION_NEEDED: 8,
    ATTEMPT_LOST: 1,
    LIMIT_REACHED: 1,
  };
  it.each(Object.entries(codes))('%s: %d', (code, exitCode) => {
    expect(exitCodeOf(new ExperimenterError(code as ErrorCode, ''))).toBe(exitCode);
  });

  it('anything else: 1', () => {
    expect([exitCodeOf(new TypeError('x')), exitCodeOf(null), exitCodeOf('x')]).toEqual([1, 1, 1]);
  });

  it('a signal goes before work left, that before failures', () => {
    expect(exitCodeOfRun({ signal: 'SIGINT', open: 1, failed: 1 })).toBe(130);
    expect(exitCodeOfRun({ signal: undefined, open: 1, failed: 1 })).toBe(75);
    expect(exitCodeOfRun({ signal: undefined, open: 0, failed: 1 })).toBe(3);
    expect(exitCodeOfRun({ signal: undefined, open: 0, failed: 0 })).toBe(0);
    expect((['SIGHUP', 'SIGTERM', 'SIGUSR2'] as const).map(exitCodeOfSignal)).toEqual([129, 143, 75]);
  });
});

describe('failures', () => {
  it('ours are told in a line, without a stack', () => {
    const error = new ExperimenterError('CONFIG_INVALID', 'exp.json:1: a\nexp.json:2: b\u001b[2J');
    expect(failureReport(error, false)).toEqual({ text: 'ts-experimenter: exp.json:1: a\nexp.json:2: b', exitCode: 2 });
    expect(JSON.parse(failureReport(error, true).text)).toEqual({
      v: 1,
      error: { code: 'CONFIG_INVALID', message: error.message },
    });
  });

  it('unexpected ones bring their stack', () => {
    const { text, exitCode } = failureReport(new TypeError('x is not a function'), false);
    expect(text).toMatch(/^ts-experimenter: unexpected: TypeError: x is not a function\n +at /);
    expect(exitCode).toBe(1);
    expect(JSON.parse(failureReport(null, true).text)).toMatchObject({
      v: 1,
      error: { code: 'UNEXPECTED', message: 'null' },
    });
  });

  it('commander’s are usage', () => {
    const error = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'");
    expect(failureReport(error, false)).toEqual({ text: "ts-experimenter: unknown option '--x'", exitCode: 2 });
  });
});
