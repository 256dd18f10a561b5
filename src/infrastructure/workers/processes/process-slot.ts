import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import type { Log } from '../../../application/ports/ports.ts';
import { killGroup, entryFile, workerEnvironment, workerFlags } from '../../system/child-start.ts';
import { frameOf, FrameReader, newMark } from './frames.ts';
import { LIFELINE, MESSAGES, type ProcessMessage, type ProcessRequest, REQUESTS } from './process-messages.ts';
import { plainError } from '../execution/error-data.ts';
import { programEnd } from '../execution/program-end.ts';
import { limitOf, limits } from '../command/program-start.ts';
import type { WorkerData } from '../threads/worker-messages.ts';

/** How the process of a slot is made. */
export interface SlotOptions {
  readonly data: WorkerData;
  /** Limit of V8's heap; with the memory of Node itself, of the whole process. Null: only the machine's limit. */
  readonly memoryMegabytes: number | null;
  /** The runner's log. */
  readonly log?: Pick<Log, 'warn'>;
}

/** What a process may use beyond `memoryMegabytes`: Node itself, its code, its stacks. */
const OWN_MEGABYTES = 256;
/** Longest start of a process. After it the process is killed. */
const START_MILLISECONDS = 30_000;
/** Longest wait for the rest of its output: a descendant outside the group may keep the pipe open forever. */
const LAST_OUTPUT_MILLISECONDS = 250;
/** Bytes that are read of a paused process: its end is read, a flood of messages is not. */
const MOST_PAUSED = 1024 * 1024;
/** What Node says when it may start no threads of its own. */
const NO_THREAD = /EAGAIN|uv_thread_create|pthread_create|Resource temporarily unavailable/;
/** Wait before the next start when the machine allows no more processes. */
const REFUSED_MILLISECONDS = 1_000;
/** Characters of its standard error that the cause of a crash quotes. */
const TAIL = 4_096;

/** The process of one slot, leader of a process group of its own: everything that it starts can be killed with it. */
export class ProcessSlot {
  /** Fulfilled when it can execute; never, if it dies before. */
  readonly up: Promise<void>;
  /** Fulfilled with the cause when it is dead and all its messages were handled. */
  readonly gone: Promise<ErrorData>;
  /** Called with each message for the user of the slot. */
  onMessage: (message: ProcessMessage) => void = () => {};
  readonly #child: ChildProcess;
  readonly #messages: Socket;
  readonly #requests: Socket;
  readonly #mark = newMark();
  readonly #log: Pick<Log, 'warn'> | undefined;
  readonly #memoryMegabytes: number | null;
  readonly #up = Promise.withResolvers<void>();
  /** Bytes that are still read before it has to wait. */
  #allowance = Number.POSITIVE_INFINITY;
  #alive = true;
  #started = false;
  #killed = false;
  /** The process group of the command that it runs. */
  #command = 0;
  #cause: ErrorData | undefined;
  #tail = '';

  constructor({ data, memoryMegabytes, log }: SlotOptions) {
    this.#log = log;
    this.#memoryMegabytes = memoryMegabytes;
    this.up = this.#up.promise;
    const heap = memoryMegabytes === null ? [] : [`--max-old-space-size=${memoryMegabytes}`];
    const flags = [...workerFlags(process.execArgv), ...heap];
    this.#child = spawn(process.execPath, [...flags, entryFile(import.meta.url, 'process-worker'), this.#mark], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
      env: workerEnvironment(process.env),
    });
    const pipe = (descriptor: number) => (this.#child.stdio as readonly unknown[])[descriptor] as Socket;
    this.#messages = pipe(MESSAGES);
    this.#requests = pipe(REQUESTS);
    this.gone = this.#follow(pipe(LIFELINE));
    const mostBytes = memoryMegabytes === null ? null : (memoryMegabytes + OWN_MEGABYTES) * 1024 * 1024;
    this.send({ type: 'setup', data, mostBytes });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** It was ready to execute once. */
  get started(): boolean {
    return this.#started;
  }

  send(request: ProcessRequest): void {
    this.#requests.write(frameOf(this.#mark, request)); // an error of a dying process is handled by `gone`
  }

  /** A paused process may write a little more. Then it is not read any longer, and waits. */
  setPaused(paused: boolean): void {
    this.#allowance = paused && this.#alive ? MOST_PAUSED : Number.POSITIVE_INFINITY;
    if (!paused) this.#messages.resume();
  }

  kill(): void {
    this.#killed = true;
    this.killNow();
  }

  /** Kills both process groups; the cause of death is not recorded. Called when the runner exits. */
  killNow(): void {
    killGroup(this.#command);
    if (this.#alive) killGroup(this.#child.pid ?? 0);
  }

  async #follow(lifeline: Socket): Promise<ErrorData> {
    const child = this.#child;
    const reader = new FrameReader(
      this.#mark,
      (value) => this.#receive(value as ProcessMessage),
      () => this.#end(`it wrote to file descriptor ${MESSAGES}, on which its process speaks to the runner`),
    );
    // the process writes nothing to it; once it is closed the process receives nothing more
    this.#requests
      .on('error', () => {})
      .on('close', () => this.killNow())
      .resume();
    this.#messages
      .on('error', () => {})
      .on('data', (piece: Buffer) => {
        this.#allowance -= piece.length;
        if (this.#allowance < 0) this.#messages.pause();
        reader.read(piece);
      });
    lifeline.on('error', () => {}).setEncoding('utf8');
    lifeline.on('data', (text: string) => {
      const [mark, bytes] = text.split(' ');
      if (mark === this.#mark) this.#cause = plainError(this.#tooLarge(Number(bytes)));
    });
    for (const output of [child.stdout, child.stderr]) output?.on('data', (piece: Buffer) => this.#print(piece));
    const late = setTimeout(
      () => this.#end(`its process was not ready after ${START_MILLISECONDS / 1000} s`),
      START_MILLISECONDS,
    );
    void this.up.then(() => clearTimeout(late));
    const closed = Promise.all([ended(this.#messages), ended(lifeline)]);
    const output = Promise.all([ended(child.stdout), ended(child.stderr)]);
    const exit = await new Promise<{
      readonly code: number | null;
      readonly signal: string | null;
      readonly error?: Error;
    }>((resolve) => {
      child.on('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, error });
      });
      child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    clearTimeout(late);
    killGroup(this.#command);
    killGroup(child.pid ?? 0); // its children
    this.#alive = false;
    this.setPaused(false);
    await closed;
    await Promise.race([output, new Promise((resolve) => setTimeout(resolve, LAST_OUTPUT_MILLISECONDS).unref())]);
    for (const stream of [child.stdout, child.stderr, this.#requests]) stream?.destroy();
    if (this.#cause) return this.#cause;
    if (this.#killed) return plainError('its process was killed');
    const refusal = limitOf(exit.error) ?? (this.#started || !NO_THREAD.test(this.#tail) ? undefined : limits.EAGAIN);
    if (refusal !== undefined) {
      await sleep(REFUSED_MILLISECONDS); // an immediate start would be refused, too
      return { ...plainError(`its process cannot be started: ${refusal}`), programEnd: 'notStarted' };
    }
    if (exit.error) return plainError(`its process cannot be started: ${exit.error.message}`);
    return { ...plainError(this.#causeOf(exit)), programEnd: programEnd(exit.code, exit.signal) };
  }

  /** Kills it for this reason. */
  #end(reason: string): void {
    this.#cause ??= plainError(reason);
    this.killNow();
  }

  #receive(message: ProcessMessage): void {
    if (message.type === 'up') {
      this.#started = true;
      this.#up.resolve();
    } else if (message.type === 'grouped') this.#command = message.pid;
    else if (message.type === 'dying') this.#cause = message.cause;
    else if (message.type === 'printed') process.stderr.write(message.text);
    else if (message.type === 'warned') this.#log?.warn(message.text);
    else this.onMessage(message);
  }

  /** Output that bypasses the guard: of native code, of crashes, of Node itself. */
  #print(piece: Buffer): void {
    process.stderr.write(piece);
    this.#tail = (this.#tail + piece.toString()).slice(-TAIL);
  }

  #causeOf({ code, signal }: { readonly code: number | null; readonly signal: string | null }): string {
    if (/heap out of memory|Reached heap limit/.test(this.#tail)) {
      const limit =
        this.#memoryMegabytes === null ? "Node's default" : `${this.#memoryMegabytes} MB, runner.memoryMegabytes`;
      return `its process ran out of memory (heap limit ${limit})`;
    }
    const said = this.#tail.trim() === '' ? '' : `; the last it printed:\n${this.#tail.trim()}`;
    if (signal === 'SIGKILL') {
      return `its process was killed by SIGKILL: by the experiment itself, or because the machine ran out of memory${said}`;
    }
    if (signal !== null) return `its process was ended by ${signal}: a crash in native code, or a signal${said}`;
    return `its process exited with code ${code}${said}`;
  }

  #tooLarge(bytes: number): string {
    const megabytes = (count: number) => `${Math.ceil(count)} MB`;
    return (
      `its process used ${megabytes(bytes / 1024 / 1024)} of memory, buffers and native memory included, and was killed: ` +
      `runner.memoryMegabytes allows ${megabytes(this.#memoryMegabytes ?? 0)}, and ${OWN_MEGABYTES} MB for Node itself`
    );
  }
}

const ended = async (stream: ({ destroyed: boolean } & NodeJS.EventEmitter) | null): Promise<unknown> =>
  stream === null || stream.destroyed ? undefined : once(stream, 'close').catch(() => undefined);
