import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, ExperimenterError } from '../../../domain/errors.ts';
import type { RunnerProtocol } from '../../../domain/repository/runner-protocol.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { startThread } from '../../system/thread-limit.ts';
import { threadFlags, workerEnvironment } from '../../system/child-start.ts';
import type { SqliteOptions } from '../sqlite/sqlite-pragmas.ts';

/** The objects of a commit are garbage directly after it. Without a limit, V8 lets a hundred megabytes gather. */
const YOUNG_MEGABYTES = 24;

/** The data with which the thread starts. */
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

/** From the thread: the result of the verb, or the error. Answers may arrive in any order. */
export type ProtocolAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: ProtocolFailure };

export interface ProtocolFailure {
  /** Only for errors of this project: they become an `ExperimenterError` on this side too. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/**
 * The protocol in a thread of its own, which holds a connection to the study. SQL in that thread and the actors in this
 * one run at the same time. An answer means that the transaction is committed, as in every implementation. If the
 * thread dies, every call fails with its error, which no caller treats as an outage.
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
    if (!this.#death) await this.#call('close', []).catch(() => undefined); // if it died, the other calls report it
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
  if (stack !== undefined) error.stack = stack; // the origin is more useful than this place
  return error;
};
