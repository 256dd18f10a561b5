import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deed, RunnerProcess } from './history.ts';

/** Without a word for so long it has hung: longer than anything that a runner waits for. */
const HUNG_MILLISECONDS = 150_000;

export const monotonic = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** One runner after the other, each a process: `ts-experimenter run --json`, its output in files that outlive a kill. */
export class RunnerSlot {
  readonly #command: readonly string[];
  readonly #directory: string;
  readonly #name: string;
  readonly #deeds: Deed[];
  readonly #ended: RunnerProcess[] = [];
  #count = 0;
  #child: ChildProcess | undefined;
  #output = '';
  #told: ('SIGKILL' | 'SIGTERM')[] = [];
  #stopped = false;
  #busySince: number | undefined;

  /** `command`: what `process.execPath` executes. */
  constructor(command: readonly string[], directory: string, name: string, deeds: Deed[]) {
    this.#command = command;
    this.#directory = directory;
    this.#name = name;
    this.#deeds = deeds;
  }

  get processes(): readonly RunnerProcess[] {
    return this.#ended;
  }

  /** Starts runners until one ends because nothing is open, or `more` says no. */
  async keep(more: () => boolean): Promise<void> {
    while (more()) {
      const { code, told } = await this.once();
      // crashed: to be seen, not to be repeated for ever
      if (told.length === 0 && code !== 75 && code !== 5) return;
    }
  }

  /** Runs one to its end. */
  async once(): Promise<RunnerProcess> {
    this.#count += 1;
    const name = `${this.#name}.${this.#count}`;
    this.#output = join(this.#directory, `${name}.out`);
    const errors = join(this.#directory, `${name}.err`);
    const files = [openSync(this.#output, 'a'), openSync(errors, 'a')] as const;
    this.#told = [];
    this.#stopped = false;
    this.#busySince = undefined;
    const child = spawn(process.execPath, this.#command, {
      cwd: this.#directory,
      stdio: ['ignore', ...files],
      env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: join(this.#directory, '..', 'compiled') },
    });
    files.forEach(closeSync);
    this.#child = child;
    let hung = false;
    let heard = 0;
    const timer = setInterval(() => {
      const { size } = statSync(this.#output);
      if (size > heard) {
        heard = size;
        return;
      }
      hung = true;
      child.kill('SIGKILL');
    }, HUNG_MILLISECONDS);
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (...end) => resolve(end));
    });
    clearInterval(timer);
    this.#child = undefined;
    const stderr = readFileSync(errors, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    const ended = { name, pid: child.pid ?? 0, endedAt: monotonic(), code, signal, told: this.#told, hung, stderr };
    this.#ended.push(ended);
    return ended;
  }

  /** For how long it has been at work, in milliseconds: since it claimed something; undefined before. */
  get busyFor(): number | undefined {
    if (this.#child === undefined) return undefined;
    if (this.#busySince === undefined && statSync(this.#output).size > 0) this.#busySince = monotonic();
    return this.#busySince === undefined ? undefined : monotonic() - this.#busySince;
  }

  /** Undefined: none is there. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get alive(): boolean {
    return this.#child !== undefined;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  kill(): boolean {
    return this.#send('SIGKILL');
  }

  terminate(): boolean {
    return this.#send('SIGTERM');
  }

  /** As a suspended machine: everything stands still. Returns how to let it go on, if it is there still. */
  stop(): (() => void) | undefined {
    const child = this.#child;
    if (child === undefined || this.#stopped || !this.#send('SIGSTOP')) return undefined;
    this.#stopped = true;
    return () => {
      if (this.#child !== child || !this.#stopped) return;
      this.#stopped = false;
      this.#send('SIGCONT');
    };
  }

  #send(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): boolean {
    const child = this.#child;
    if (child === undefined || this.#told.includes('SIGKILL') || !child.kill(signal)) return false;
    if (signal === 'SIGKILL' || signal === 'SIGTERM') this.#told.push(signal);
    this.#deeds.push({ date: Date.now(), text: signal, pid: child.pid ?? 0 });
    return true;
  }
}
