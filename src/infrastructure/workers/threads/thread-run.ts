import { once } from 'node:events';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { ErrorData, Finished, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { killGroup } from '../../system/child-start.ts';
import { plainError, toErrorData } from '../execution/error-data.ts';
import { type AbortRequest, type ChunkTask, messageWeight, type PortMessage } from './worker-messages.ts';
import { SharedResults } from './shared-results.ts';
import { WorkerRun } from '../execution/worker-run.ts';
import { existsSync } from 'node:fs';

/** Time between two reads of shared results that are being written. */
const LOOK_MILLISECONDS = 1;

/** One chunk in one worker thread. */
export class ThreadRun extends WorkerRun {
  readonly workerFreed: Promise<ErrorData | null>;
  readonly #pool: Piscina;
  readonly #memoryMegabytes: number | null;
  readonly #warn: (text: string) => void;
  readonly #results: SharedResults;
  #look: NodeJS.Timeout | undefined;
  /** Why the shared results are not read any longer. */
  #damage: ErrorData | undefined;
  readonly #onMessage: (message: WorkerMessage) => void;
  readonly #kill = new AbortController();
  readonly #port: MessagePort;
  /** Set when the thread is killed; settled when it has ended. */
  #gone: Promise<unknown> | undefined;
  /** The thread that was killed. */
  #thread: Worker | undefined;
  readonly #abandoned = Promise.withResolvers<false>();
  #paused = false;
  /** Weight of the messages that were received and not acknowledged: the worker waits until they are. */
  #unacknowledged = 0;
  /** How the worker itself explains its end. */
  #cause: ErrorData | undefined;

  constructor(
    pool: Piscina,
    memoryMegabytes: number | null,
    warn: (text: string) => void,
    chunk: readonly Claimed[],
    onMessage: (message: WorkerMessage) => void,
  ) {
    super();
    this.#pool = pool;
    this.#memoryMegabytes = memoryMegabytes;
    this.#warn = warn;
    this.#onMessage = onMessage;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1.on('message', (message: PortMessage) => this.#receive(message));
    this.#results = new SharedResults(chunk.length);
    const task: ChunkTask = { chunk, port: port2, state: this.state.buffer, results: this.#results.buffer };
    this.workerFreed = this.#follow(pool.run(task, { transferList: [port2], signal: this.#kill.signal }));
  }

  protected requestStop(graceMilliseconds: number): void {
    this.#port.postMessage({ graceMilliseconds } satisfies AbortRequest);
  }

  /** The pool kills every thread: `gone` includes the end of this one. */
  poolCloses(gone: Promise<unknown>): void {
    this.state.takeBackUnstarted();
    this.#gone ??= gone;
  }

  /** Stops waiting for a thread that cannot be killed because it is in a blocking native call. */
  abandon(): void {
    if (this.#thread) exitWithout(this.#thread);
    this.#abandoned.resolve(false);
  }

  /** A paused worker waits as soon as it is far enough ahead. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    if (paused) return;
    this.state.acknowledge(this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  /** No thread is left that could execute it. */
  failStart(error: Error): void {
    this.#cause ??= toErrorData(error);
    this.#kill.abort();
  }

  async #follow(task: Promise<void>): Promise<ErrorData | null> {
    let cause: ErrorData | null = null;
    try {
      await task;
    } catch (error) {
      const inTime = await this.#awaitDeath();
      killGroup(this.state.child);
      this.#drain();
      cause = this.#damage ?? this.#cause ?? this.#causeOf(error, inTime);
    }
    this.#drain();
    cause ??= this.#damage ?? null;
    this.end();
    clearTimeout(this.#look);
    this.#port.close();
    return cause;
  }

  #receive(message: PortMessage): void {
    if (message.type === 'put') {
      if (this.#look === undefined) this.#take();
      return;
    }
    this.#empty(); // results that were written before this message was posted
    if (this.#paused) this.#unacknowledged += messageWeight(message);
    else this.state.acknowledge(messageWeight(message));
    if (message.type === 'dying') this.#cause = message.cause;
    else if (message.type === 'printed') process.stderr.write(message.text);
    else if (message.type === 'warned') this.#warn(message.text);
    else this.#onMessage(message);
  }

  /** Takes the shared results, and reads again as long as there are some, without an announcement. */
  #take(): void {
    this.#look = undefined;
    if (this.#empty() === 0) {
      this.#results.expectAnnouncement();
      if (this.#empty() === 0) return;
    }
    this.#look = setTimeout(() => this.#take(), LOOK_MILLISECONDS);
  }

  #empty(): number {
    const finished = this.#taken();
    for (const each of finished) this.#onMessage(each);
    return finished.length;
  }

  #taken(): readonly Finished[] {
    if (this.#damage) return [];
    try {
      return this.#results.take();
    } catch (error) {
      this.#damage = plainError(`its worker thread has written what cannot be read: ${(error as Error).message}`);
      this.kill();
      return [];
    }
  }

  /** Handles the messages that the worker posted before its end and that have not arrived as events. */
  #drain(): void {
    this.#empty();
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) {
      this.#receive(next.message as PortMessage);
    }
  }

  protected kill(): void {
    const before = this.#pool.threads;
    this.#kill.abort(); // Piscina ends the thread of this task and no other, and starts a new one
    const after = new Set(this.#pool.threads);
    this.#thread = before.find((candidate) => !after.has(candidate));
    this.#gone = this.#thread ? once(this.#thread, 'exit') : Promise.resolve();
  }

  /**
   * An aborted task is rejected before its thread has ended, and until then messages may arrive. A thread in a blocking
   * native call lives until the call returns, and keeps its place in the pool. False: the thread was abandoned.
   */
  async #awaitDeath(): Promise<boolean> {
    if (!this.#gone) return true;
    return Promise.race([this.#gone.then(() => true), this.#abandoned.promise]);
  }

  #causeOf(error: unknown, inTime: boolean): ErrorData {
    if (!inTime)
      return plainError('the worker thread sits in a blocking native call and cannot be killed; it was abandoned');
    if (this.#gone) return plainError('the worker thread was killed');
    const data = toErrorData(error);
    if (data.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const limit =
        this.#memoryMegabytes === null ? "Node's default" : `${this.#memoryMegabytes} MB, runner.memoryMegabytes`;
      return { ...plainError(`the worker thread ran out of memory (heap limit ${limit})`), code: data.code };
    }
    const code = /^worker exited with code: (\d+)$/.exec(data.message)?.[1];
    return code === undefined ? data : plainError(`the worker thread exited with code ${code}`);
  }
}

/** Threads that were killed and live on, in a blocking native call. */
const stuckThreads = new Set<Worker>();
const SHELL = '/bin/sh';

/**
 * Lets this process end although this thread does not. Node would wait for it, forever if the call opens a pipe. At its
 * exit a process with such threads is replaced by a program that only exits with the same code.
 */
export const exitWithout = (thread: Worker): void => {
  if (thread.threadId === -1) return; // it has ended after all
  if (stuckThreads.size === 0) process.on('exit', replaceProcess);
  stuckThreads.add(thread);
  thread.unref();
  thread.once('exit', () => {
    stuckThreads.delete(thread);
    if (stuckThreads.size === 0) process.off('exit', replaceProcess);
  });
};

const replaceProcess = (code: number): void => {
  if (process.execve && existsSync(SHELL)) process.execve(SHELL, [SHELL, '-c', `exit ${code}`], {});
  process.kill(process.pid, 'SIGKILL');
};
