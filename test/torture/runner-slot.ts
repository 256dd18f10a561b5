import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deed, RunnerProcess, Told } from './history.ts';
import { processTree } from './process-tree.ts';
import { type OutputKind, type Running, start } from './runner-output.ts';

/** Without a word for so long it has hung: longer than anything that a runner waits for. */
const HUNG_MILLISECONDS = 150_000;

export const monotonic = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

export type EndingSignal = 'SIGKILL' | 'SIGTERM' | 'SIGINT';

export interface SlotOptions {
  readonly directory: string;
  readonly name: string;
  readonly deeds: Deed[];
  readonly output: OutputKind;
  /** Besides those of a stop: exit codes after which another runner is started. */
  readonly again: readonly number[];
}

/** One runner after the other, each a process: `ts-experimenter run --json`, its output in files that outlive a kill. */
export class RunnerSlot {
  readonly name: string;
  readonly #options: SlotOptions;
  readonly #ended: RunnerProcess[] = [];
  #command: readonly string[];
  #count = 0;
  #running: Running | undefined;
  #output = '';
  #told: Told[] = [];
  #stopped = false;
  #unblock: (() => void) | undefined;
  #busySince: number | undefined;
  #fileGoneAt: number | null = null;
  #hung = false;
  #gate: PromiseWithResolvers<void> | undefined;

  /** `command`: what `process.execPath` executes. */
  constructor(command: readonly string[], options: SlotOptions) {
    this.name = options.name;
    this.#command = command;
    this.#options = options;
  }

  get processes(): readonly RunnerProcess[] {
    return this.#ended;
  }

  /** Starts runners until one ends because nothing is open, or `more` says no. */
  async keep(more: () => boolean): Promise<void> {
    for (;;) {
      await this.#gate?.promise;
      if (!more()) return;
      const { code, told } = await this.once();
      // crashed: to be seen, not to be repeated for ever
      if (told.length === 0 && !this.#options.again.includes(code ?? -1)) return;
    }
  }

  /** Runs one to its end. */
  async once(): Promise<RunnerProcess> {
    this.#count += 1;
    const name = this.current;
    const { directory } = this.#options;
    const file = (ending: string): string => join(directory, `${name}.${ending}`);
    const [output, errors] = [file('out'), file('err')];
    this.#output = output;
    this.#told = [];
    this.#stopped = false;
    this.#busySince = undefined;
    this.#fileGoneAt = null;
    this.#hung = false;
    const running = start(
      this.#options.output,
      this.#command,
      { output, errors, pid: file('pid'), exit: file('exit') },
      {
        cwd: directory,
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          NODE_COMPILE_CACHE: join(directory, '..', 'compiled'),
          TORTURE_RUNNER: name,
        },
      },
    );
    this.#running = running;
    let heard = 0;
    const timer = setInterval(() => {
      const { size } = statSync(output);
      if (size > heard) heard = size;
      else this.giveUp();
    }, HUNG_MILLISECONDS);
    const [code, signal] = await running.ended;
    const endedAt = monotonic();
    clearInterval(timer);
    this.#unblock = undefined;
    this.#running = undefined;
    const stderr = readFileSync(errors, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    const [told, hung, fileGoneAt] = [this.#told, this.#hung, this.#fileGoneAt];
    const ended = { name, pid: running.pid() ?? 0, endedAt, code, signal, told, fileGoneAt, hung, stderr };
    this.#ended.push(ended);
    return ended;
  }

  /** For how long it has been at work, in milliseconds: since it claimed something; undefined before. */
  get busyFor(): number | undefined {
    if (this.#running === undefined) return undefined;
    if (this.#busySince === undefined && this.outputBytes > 0) this.#busySince = monotonic();
    return this.#busySince === undefined ? undefined : monotonic() - this.#busySince;
  }

  /** Undefined: none is there. */
  get pid(): number | undefined {
    return this.#running?.pid();
  }

  get alive(): boolean {
    return this.#running !== undefined;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether its output can be kept from being read. */
  get blockable(): boolean {
    return this.#running?.block !== undefined && !this.blocked;
  }

  get blocked(): boolean {
    return this.#unblock !== undefined;
  }

  /** The name of the present runner, or of the last one. */
  get current(): string {
    return `${this.name}.${this.#count}`;
  }

  /** The file with what the present runner has acknowledged, and how much of it. */
  get output(): string {
    return this.#output;
  }

  get outputBytes(): number {
    return statSync(this.#output).size;
  }

  /** From the next runner on. */
  set command(command: readonly string[]) {
    this.#command = command;
  }

  send(signal: EndingSignal): boolean {
    return this.#send(signal);
  }

  /** To the runner and everything that it has started, as service managers and batch systems stop a job. */
  sendToAll(signal: 'SIGTERM' | 'SIGINT', order: (pids: readonly number[]) => readonly number[]): boolean {
    const { pid } = this;
    if (pid === undefined || this.#told.includes('SIGKILL')) return false;
    this.#told.push(signal);
    this.#note(`${signal} to all of its processes`, pid);
    for (const one of order(processTree(pid))) kill(one, signal);
    return true;
  }

  /** Something that it needs is broken, for it alone or for good: it may end with an error. False: none is there. */
  fault(): boolean {
    if (this.pid === undefined) return false;
    this.#told.push('fault');
    return true;
  }

  /** Its SQLite file is not in its place any more: it has to end with an error. */
  loseFile(text: string): void {
    if (!this.fault()) return;
    this.#fileGoneAt = monotonic();
    this.#note(text, this.pid ?? 0);
  }

  /** It does not end, though it should have long ago. */
  giveUp(): void {
    this.#hung = true;
    if (this.pid !== undefined) kill(this.pid, 'SIGKILL');
  }

  /** No runner is started until what this returns is called. */
  hold(): () => void {
    const gate = (this.#gate ??= Promise.withResolvers<void>());
    return () => {
      gate.resolve();
      if (this.#gate === gate) this.#gate = undefined;
    };
  }

  /** As a suspended machine: everything stands still. Returns how to let it go on, if it is there still. */
  stop(): (() => void) | undefined {
    const running = this.#running;
    if (running === undefined || this.#stopped || !this.#send('SIGSTOP')) return undefined;
    this.#stopped = true;
    return () => {
      if (this.#running !== running || !this.#stopped) return;
      this.#stopped = false;
      this.#send('SIGCONT');
    };
  }

  /** Nothing reads what it says. Returns how to read on; undefined: it cannot be, or is so already. */
  block(): (() => void) | undefined {
    const running = this.#running;
    if (running?.block === undefined || this.blocked) return undefined;
    const unblock = running.block();
    this.#unblock = unblock;
    return () => {
      unblock();
      if (this.#unblock === unblock) this.#unblock = undefined;
    };
  }

  #send(signal: EndingSignal | 'SIGSTOP' | 'SIGCONT'): boolean {
    const { pid } = this;
    if (pid === undefined || this.#told.includes('SIGKILL') || !kill(pid, signal)) return false;
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#told.push(signal);
    this.#note(signal, pid);
    return true;
  }

  #note(text: string, pid: number): void {
    this.#options.deeds.push({ date: Date.now(), text, pid });
  }
}

/** False: it has ended. */
const kill = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};
