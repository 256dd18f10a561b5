import { AsyncLocalStorage } from 'node:async_hooks';
import type { ErrorData, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { AttemptRef } from '../../../domain/experiment/attempt.ts';
import type { Row } from '../../../domain/values/column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type {
  ExperimentContext,
  ExperimentFunction,
  ExperimentInput,
} from '../../../domain/experiment/experiment-function.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import type { FinalStatus } from '../../../domain/experiment/experiment.ts';
import { toErrorData } from './error-data.ts';
import { monotonic, NativeDate, NativePromise } from './intrinsics.ts';
import { checkedLog, checkedResults, outcomeOf } from './outcome.ts';
import type { ProcessorTime } from '../../system/processor-time.ts';
import { ProgressThrottle } from './progress-throttle.ts';

/** What an execution needs from the thread it happens in. */
export interface ExecutionDependencies {
  readonly study: StudyDefinition;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly post: (message: WorkerMessage) => void;
  /** Only where emissions are recorded. */
  readonly processorTime?: ProcessorTime | undefined;
}

const owner = new AsyncLocalStorage<Execution>();

/** The execution whose code runs now, also in its timers and promises; undefined: of none. */
export const owningExecution = (): Execution | undefined => owner.getStore();

/**
 * One execution of one experiment: the code around the user's function. In every case exactly one `Finished` is posted,
 * values are checked in the call that gave them, so that the stack shows it, and nothing is accepted after the end.
 */
export class Execution {
  readonly claimed: Claimed;
  readonly #deps: ExecutionDependencies;
  readonly #ref: AttemptRef;
  readonly #startedAt = new NativeDate();
  readonly #begun = monotonic();
  readonly #used: ReturnType<ProcessorTime> | undefined;
  #progress: ProgressThrottle | undefined;
  #controller: AbortController | undefined;
  #aborted = false;
  #ended = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(claimed: Claimed, deps: ExecutionDependencies) {
    this.claimed = claimed;
    this.#deps = deps;
    this.#used = deps.processorTime?.();
    this.#ref = { experimentId: claimed.experimentId, attemptId: claimed.attemptId };
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Fulfilled once the execution has ended: by itself, by `fail` or by `abandon`. Rejected only if its end cannot be posted,
   * because user code has replaced what posting needs: then this thread must end.
   */
  run(experiment: ExperimentFunction): Promise<void> {
    return new NativePromise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      void this.#call(experiment);
    });
  }

  async #call(experiment: ExperimentFunction): Promise<void> {
    try {
      // awaited and not chained: user code may have replaced `then`
      this.#return(await owner.run(this, async () => experiment(new Input(this, this.#deps.custom), this.#context())));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends it as failed. False: it had ended before, and the error belongs to no execution. */
  fail(error: unknown): boolean {
    if (this.#ended) return false;
    this.#finish('error', {}, toErrorData(error));
    return true;
  }

  /** Asks the function to stop. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  /** Ends it without a message, where its thread cannot be killed. */
  abandon(): void {
    this.#end();
    this.#resolve();
  }

  #return(returned: unknown): void {
    if (this.#ended) return;
    try {
      const { status, results } = outcomeOf(returned, this.#deps.study);
      this.#finish(status, results, null); // who returns ExperimentStatus.Error gives no error
    } catch (error) {
      this.fail(error);
    }
  }

  #finish(status: FinalStatus, results: Row, error: ErrorData | null): void {
    try {
      this.#end();
      const milliseconds = monotonic() - this.#begun;
      const usage = this.#used?.();
      this.#post({
        type: 'finished',
        ...this.#ref,
        status,
        results,
        error,
        startedAt: this.#startedAt,
        milliseconds,
        ...(usage && { usage }),
      });
      this.#resolve();
    } catch (broken) {
      this.#reject(broken);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#progress?.stop();
  }

  #post(message: WorkerMessage): void {
    this.#deps.post(message);
  }

  /** Made on demand: most short experiments never read it. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  get #throttle(): ProgressThrottle {
    return (this.#progress ??= new ProgressThrottle((said) => this.#post({ ...said, ...this.#ref })));
  }

  #context(): ExperimentContext {
    return {
      experimentId: this.claimed.experimentId,
      attempt: this.claimed.number,
      report: (results) => {
        this.#requireRunning('report()');
        this.#post({ type: 'reported', ...this.#ref, results: checkedResults(results, this.#deps.study) });
      },
      log: (logtable, values) => {
        this.#requireRunning('log()');
        const date = new NativeDate();
        const list: readonly unknown[] = Array.isArray(values) ? values : [values];
        // All are checked before the first is written.
        const rows = [];
        for (const each of list) rows.push(checkedLog(logtable, each, this.#deps.study));
        for (const row of rows) this.#post({ type: 'logged', ...this.#ref, logtable, row, date });
      },
      progress: (progress) => {
        if (!this.#ended) this.#throttle.progress(progress);
      },
      heartbeat: () => {
        if (!this.#ended) this.#throttle.heartbeat();
      },
    };
  }

  #requireRunning(call: string): void {
    if (!this.#ended) return;
    throw new ExperimenterError(
      'STATE_CONFLICT',
      `experiment ${this.claimed.experimentId} has ended: ${call} came after its function had returned or failed; await everything it starts`,
    );
  }
}

/** What the function is given; a class because its signal is a getter. */
class Input implements ExperimentInput {
  readonly keyfields: Row;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly #execution: Execution;

  constructor(execution: Execution, custom: Readonly<Record<string, unknown>>) {
    this.keyfields = { ...execution.claimed.keyfields };
    this.custom = custom;
    this.#execution = execution;
  }

  get signal(): AbortSignal {
    return this.#execution.signal;
  }
}
