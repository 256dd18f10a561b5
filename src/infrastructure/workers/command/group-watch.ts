import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

type Shell = ChildProcessByStdio<Writable, null, null>;

/**
 * Reads process groups, one a line, 0 for none. When its standard input ends it kills the last one. Signals that a job
 * manager sends to all processes must not end it before the runner.
 */
const SCRIPT =
  'trap "" HUP INT QUIT TERM USR1 USR2; group=0; while read -r next; do group=$next; done; ' +
  '[ "$group" -gt 0 ] && kill -s KILL -- "-$group"';

/**
 * Kills a program's process group when this thread is gone, also after `kill -9` of the runner, when no other process could.
 * A shell in a session of its own reads a pipe, which the kernel closes with the thread. There is one for each thread, not
 * for each program: it costs only its start.
 */
export class GroupWatch {
  readonly #warn: (text: string) => void;
  #shell: Shell | undefined;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** Called before the first program starts, so that `watch` follows the start of a program at once. */
  start(): void {
    if (this.#shell || process.platform === 'win32') return; // there are no process groups
    try {
      this.#shell = this.#started();
    } catch (error) {
      this.#warnOf(error as Error); // most errors of a start are events, but a lack of memory is thrown
    }
  }

  #started(): Shell {
    const shell = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
      env: {},
    });
    const gone = (): void => {
      if (this.#shell === shell) this.#shell = undefined; // the next program gets another one
    };
    shell.on('exit', gone);
    shell.on('error', (error) => {
      gone();
      this.#warnOf(error);
    });
    shell.stdin.on('error', gone);
    shell.unref();
    (shell.stdin as Writable & { unref(): void }).unref();
    return shell;
  }

  #warnOf(error: Error): void {
    this.#warn(`programs do not end when this runner is killed: their watcher cannot be started: ${error.message}`);
  }

  /** This process group runs now; 0: none. Written at once. */
  watch(group: number): void {
    this.#shell?.stdin.write(`${group}\n`);
  }
}
