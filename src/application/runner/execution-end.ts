import type { AttemptEnd } from '../../domain/repository/runner-protocol.ts';
import { timestamp } from '../../domain/values/date-column.ts';
import type { StopReason } from './chunk.ts';
import type { ErrorData, Finished } from '../ports/worker-messages.ts';

/** What becomes of an execution: an end to record, its lease given back, or nothing (it is somebody else's now). */
export type Outcome = AttemptEnd | 'released' | 'lost';

/** The execution told its end itself, possibly because it had been asked to stop. */
export const outcomeOfFinish = (
  finished: Finished,
  stopping: StopReason | null,
  timeoutMilliseconds: number,
): Outcome => {
  const endedAt = new Date(finished.startedAt.getTime() + finished.milliseconds);
  if (stopping === 'lost') return 'lost';
  if (stopping === 'timeout') return timedOut(finished.startedAt, endedAt, timeoutMilliseconds);
  if (stopping === 'aborted' && finished.status === 'error') return 'released';
  return {
    outcome: finished.status,
    status: finished.status,
    error: finished.error && textOf(finished.error),
    startedAt: timestamp(finished.startedAt),
    endedAt: timestamp(endedAt),
  };
};

/** Its worker died, or settled without a word from it. */
export const outcomeOfDeath = (
  cause: ErrorData | null,
  stopping: StopReason | null,
  startedAt: Date,
  endedAt: Date,
  timeoutMilliseconds: number,
): Outcome => {
  if (stopping === 'lost') return 'lost';
  if (stopping === 'aborted') return 'released';
  if (stopping === 'timeout') return timedOut(startedAt, endedAt, timeoutMilliseconds);
  const error = cause === null ? 'the worker ended without a result of this experiment' : textOf(cause);
  return { outcome: 'error', status: 'error', error, startedAt: timestamp(startedAt), endedAt: timestamp(endedAt) };
};

const timedOut = (startedAt: Date, endedAt: Date, timeoutMilliseconds: number): AttemptEnd => ({
  outcome: 'timeout',
  status: 'error',
  error: `timeout: the experiment ran longer than runner.timeoutSeconds = ${timeoutMilliseconds / 1000} and was stopped`,
  startedAt: timestamp(startedAt),
  endedAt: timestamp(endedAt),
});

/** The stack, which V8 begins with name and message; a stack without them gets them. */
const textOf = ({ name, message, stack }: ErrorData): string =>
  stack.includes(message) && stack !== '' ? stack : [`${name}: ${message}`, stack].filter(Boolean).join('\n');
