import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, ExperimenterError } from '../../../domain/errors.ts';
import type { RunnerProtocol } from '../../../domain/repository/runner-protocol.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { startThread } from '../../system/thread-limit.ts';
import { threadFlags, workerEnvironment } from '../../system/child-start.ts';
import type { SqliteOptions } from '../sqlite/sqlite-pragmas.ts';

/** What a commit leaves behind is garbage at once; V8 by itself would let a hundred megabytes of it gather. */
const YOUNG_MEGABYTES = 24;

/** What the thread is started with. */
export interface ProtocolThreadData {
  readonly study: StudyDefinition;
  readonly options: SqliteOptions;
}

/** To the thread: a verb of the protocol with its arguments. */
export interface ProtocolCall {
  readonly id: number;
  readonly verb: keyof RunnerProtocol;
  readonly parameters: readonly unknown[];
}

/** From the thread: what the verb answered, or why it failed. Calls may be answered in any order. */
export type ProtocolAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: ProtocolFailure };

export interface ProtocolFailure {
  /** Only of errors that are ours: an `ExperimenterError` on this side, too. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/**
 * The protocol with a thread of its own, which holds a connection to the study: SQL there and actors here run at the
 * same time. What is answered is committed, as everywhere. If the thread dies every call fails with its error, which no
 * caller takes for an outage.
 */
export class ThreadedProtocol implements RunnerProtocol {
  readonly #thread: Worker;
  readonly #exited: Promise<unknown>;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #death: Error | undefined;

  readonly register = this.#verb('register');
  readonly heartbeat = this.#verb('heartbeat');
  readonly drain = this.#verb('drain');
  readonly deregister = this.#verb('deregister');
  readonly claim = this.#verb('claim');
  readonly addAndClaim = this.#verb('addAndClaim');
  readonly record = this.#verb('record');
  readonly release = this.#verb('release');
  readonly leases = this.#verb('leases');
  readonly watchedRunners = this.#verb('watchedRunners');
  readonly declareDead = this.#verb('declareDead');
  readonly reap = this.#verb('reap');

  constructor(study: StudyDefinition, options: SqliteOptions) {
    const workerData: ProtocolThreadData = { study, options };
    const entry = `./protocol-thread${extname(new URL(import.meta.url).pathname)}`;
    this.#thread = startThread(
      () =>
        new Worker(new URL(entry, import.meta.url), {
          workerData,
          env: workerEnvironment(process.env),
          execArgv: threadFlags(process.execArgv),
          resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
        }),
    );
    this.#exited = once(this.#thread, 'exit').catch(() => undefined);
    this.#thread.on('message', (answer: ProtocolAnswer) => this.#answered(answer));
    this.#thread.on('error', (error) => this.#died(error));
    this.#thread.on('exit', () => this.#died(new Error('the database thread has ended')));
  }

  async close(): Promise<void> {
    if (!this.#death) await this.#call('close', []).catch(() => undefined); // it died: that is told by whatever it was asked
    await this.#exited;
  }

  #verb<Verb extends keyof RunnerProtocol>(verb: Verb): RunnerProtocol[Verb] {
    return (async (...parameters: unknown[]) => this.#call(verb, parameters)) as RunnerProtocol[Verb];
  }

  async #call(verb: keyof RunnerProtocol, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#death) throw this.#death;
    const id = (this.#lastId += 1);
    const call: ProtocolCall = { id, verb, parameters };
    this.#thread.postMessage(call);
    const answer = Promise.withResolvers<unknown>();
    this.#calls.set(id, answer);
    return answer.promise;
  }

  #answered(answer: ProtocolAnswer): void {
    const call = this.#calls.get(answer.id);
    this.#calls.delete(answer.id);
    if ('value' in answer) call?.resolve(answer.value);
    else call?.reject(errorOf(answer.failure));
  }

  #died(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#calls.values()) reject(this.#death);
    this.#calls.clear();
  }
}

const errorOf = ({ code, message, stack }: ProtocolFailure): Error => {
  const error = code === undefined ? new Error(message) : new ExperimenterError(code, message);
  if (stack !== undefined) error.stack = stack; // where it happened is more than where it arrived
  return error;
};
