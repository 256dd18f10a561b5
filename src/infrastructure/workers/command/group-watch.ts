import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

type Shell = ChildProcessByStdio<Writable, null, null>;

/**
 * Reads the process group that runs, a line each, 0 for none. When its standard input ends it kills the last one. The
 * signals that are sent to all processes of a job must not end it before the runner.
 */
const SCRIPT =
  'trap "" HUP INT QUIT TERM USR1 USR2; group=0; while read -r next; do group=$next; done; ' +
  '[ "$group" -gt 0 ] && kill -s KILL -- "-$group"';

/**
 * Kills a program's process group when this thread is gone, with or without its whole process: after `kill -9` of the
 * runner nobody else could. A shell in a session of its own holds the end of a pipe that the kernel closes. One for each
 * thread, not for each program: it costs nothing but its start.
 */
export class GroupWatch {
  readonly #warn: (text: string) => void;
  #shell: Shell | undefined;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  /** Called before the first program starts, so that hardly a moment is left between the start and `watch`. */
  start(): void {
    if (this.#shell || process.platform === 'win32') return; // there are no process groups
    try {
      this.#shell = this.#started();
    } catch (error) {
      this.#warnOf(error as Error); // most errors of a start are events, a lack of memory is thrown
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
