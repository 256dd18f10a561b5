import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, ExperimenterError } from '../../../../../src/domain/errors.ts';
import {
  exitCodeOf,
  exitCodeOfRun,
  exitCodeOfSignal,
  failureReport,
} from '../../../../../src/infrastructure/cli/output/exit-code.ts';
import type { StopSignal } from '../../../../../src/domain/stop-signals.ts';
import { StopRequest, type StopStep } from '../../../../../src/infrastructure/cli/output/signals.ts';

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

describe('signals', () => {
  const stopped = (...heard: readonly (readonly [at: number, signal: StopSignal])[]) => {
    let now = 0;
    const steps: StopStep[] = [];
    const stop = new StopRequest({ now: () => now, onStep: (step) => steps.push(step) });
    for (const [at, signal] of heard) {
      now = at;
      stop.receive(signal);
    }
    return { steps, drain: stop.drain.aborted, abort: stop.abort.aborted, signal: stop.signal };
  };

  it('the first drains; its duplicates are not heard', () => {
    expect(stopped()).toEqual({ steps: [], drain: false, abort: false, signal: undefined });
    expect(stopped([0, 'SIGINT'], [5, 'SIGINT'], [499, 'SIGTERM'])).toEqual({
      steps: ['drain'],
      drain: true,
      abort: false,
      signal: 'SIGINT',
    });
  });

  it('the second aborts, the third exits, and no more are heard', () => {
    expect(stopped([0, 'SIGUSR2'], [500, 'SIGTERM'])).toEqual({
      steps: ['drain', 'abort'],
      drain: true,
      abort: true,
      signal: 'SIGTERM',
    });
    expect(stopped([0, 'SIGINT'], [500, 'SIGINT'], [600, 'SIGINT'], [1000, 'SIGINT'], [2000, 'SIGINT']).steps).toEqual([
      'drain',
      'abort',
      'exit',
    ]);
  });

  it('listens to this process, and stops listening', () => {
    const steps: StopStep[] = [];
    const listening = new StopRequest({ now: () => 0, onStep: (step) => steps.push(step) });
    const before = process.listenerCount('SIGUSR2');
    const stopListening = listening.listen();
    process.emit('SIGUSR2', 'SIGUSR2');
    stopListening();
    expect(steps).toEqual(['drain']);
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});
