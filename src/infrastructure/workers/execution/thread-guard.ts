import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { toErrorData } from './error-data.ts';
import { type Execution, owningExecution } from './execution.ts';
import { programEnd, ProgramError } from './program-end.ts';

/** What the guard needs of the thread. */
export interface GuardedThread {
  /** What ends when the experiment calls `process.exit`. */
  readonly place: 'worker thread' | 'process';
  /** The execution that runs now. */
  running(): Execution | undefined;
  /** Prints on the runner's standard error at once, however busy the thread is. False: not now. */
  print(text: string): boolean;
  /** Called before the thread exits, with the reason. */
  dying(cause: ErrorData): void;
}

/**
 * Limits the effect of user code to its own execution.
 *
 * - Standard output belongs to the runner's data: the output of user code goes to standard error.
 *   (Direct writes to descriptor 1 do not.)
 * - An uncaught exception or unhandled rejection fails the execution whose code threw it. If that has ended, the error is
 *   only printed: it must not fail the next experiment of this thread. If the owner is unknown, the running one fails.
 * - `process.exit` ends the thread and reports why. Called by an execution that has ended, it throws instead.
 */
export const guardThread = (thread: GuardedThread): void => {
  redirectOutput((text) => thread.print(text));

  const blame = (error: unknown) => {
    const owner = owningExecution();
    if ((owner ?? thread.running())?.fail(error)) return;
    const whose = owner
      ? `experiment ${owner.claimed.experimentId}, after its function had returned or failed`
      : 'no running experiment';
    process.stderr.write(`ts-experimenter: an error of ${whose}: ${toErrorData(error).stack}\n`);
  };
  process.on('uncaughtException', blame);
  process.on('unhandledRejection', blame);

  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const execution = owningExecution() ?? thread.running();
    const call = `process.exit(${code ?? process.exitCode ?? 0})`;
    if (execution?.ended) {
      throw new ExperimenterError(
        'STATE_CONFLICT',
        `experiment ${execution.claimed.experimentId} called ${call} after its end: ignored`,
      );
    }
    const message = `the experiment called ${call}, which ended its ${thread.place}; return or throw instead`;
    // a process may exit because it was asked to stop
    const number = Number(code ?? process.exitCode ?? 0);
    const stopped = thread.place === 'process' && number !== 0;
    thread.dying(toErrorData(stopped ? new ProgramError(message, programEnd(number, null)) : new Error(message)));
    return exit(code);
  };
};

const redirectOutput = (print: GuardedThread['print']): void => {
  const { stderr } = process;
  const later = stderr.write.bind(stderr);
  type Done = (error?: Error | null) => void;
  stderr.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, callback?: Done): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const done = typeof encoding === 'function' ? encoding : callback;
    if (!print(text)) return later(text, done);
    if (done) process.nextTick(done);
    return true;
  };
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => stderr });
};

const EVERY_MILLISECONDS = 5_000;

/**
 * Warns on standard error when an execution cannot end: its promise is pending, and nothing is left in the thread's event
 * loop that could settle it. The execution does not fail, because native code may still settle it unknown to Node;
 * `runner.timeoutSeconds` ends it. Returns a function that stops the watch.
 */
export const watchForStalls = (running: () => Execution | undefined): (() => void) => {
  const before = process.getActiveResourcesInfo().length;
  let last: Execution | undefined;
  let told: Execution | undefined;
  const timer = setInterval(() => {
    const now = running();
    const idle = now !== undefined && now === last && !now.ended && process.getActiveResourcesInfo().length <= before;
    last = now;
    if (!idle || told === now) return;
    told = now;
    process.stderr.write(
      `ts-experimenter: experiment ${now.claimed.experimentId} waits for a promise that nothing can settle any more; ` +
        'without runner.timeoutSeconds it will wait forever\n',
    );
  }, EVERY_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
};
