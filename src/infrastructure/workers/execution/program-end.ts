import { constants } from 'node:os';
import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import { stopSignals } from '../../../domain/stop-signals.ts';

export type ProgramEnd = NonNullable<ErrorData['programEnd']>;

const signals: ReadonlySet<unknown> = new Set(stopSignals);
/** What shells, and programs that catch a signal, exit with: 128 and its number. */
const codes: ReadonlySet<unknown> = new Set(stopSignals.map((signal) => 128 + constants.signals[signal]));

/** Whether a program was ended by a signal that also stops runs. */
export const isStop = (code: unknown, signal: unknown): boolean => signals.has(signal) || codes.has(code);

export const programEnd = (code: number | null, signal: string | null): ProgramEnd =>
  isStop(code, signal) ? 'stopSignal' : 'exitCode';

/** The program of an experiment has ended with a failure, or could not be started. */
export class ProgramError extends Error {
  readonly programEnd: ProgramEnd;

  constructor(message: string, end: ProgramEnd, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Error';
    this.programEnd = end;
  }
}
