import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PATIENCE_SECONDS } from './command-line.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const found = (): boolean => {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Whether there is a tmux, a real terminal that tells what is on its screen; in CI it is installed on Debian, as root. */
export const tmuxThere = ((): boolean => {
  if (!found() && process.env['CI'] && process.getuid?.() === 0) {
    const options = { stdio: 'ignore', timeout: 300_000 } as const;
    try {
      execFileSync('apt-get', ['update', '-qq'], options);
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'tmux'], options);
    } catch {
      // said below
    }
  }
  const there = found();
  if (!there)
    process.stderr.write('NO TMUX: what a real terminal shows is not tested (Debian: apt-get install tmux)\n');
  return there;
})();

/** A program in a terminal of this size. */
export class Terminal {
  readonly #socket = `test-${randomUUID()}`;
  #server: number | undefined;

  /** Starts a shell command; the terminal outlives it. */
  constructor(command: string, cwd: string, columns: number, rows: number) {
    const size = ['-x', String(columns), '-y', String(rows)];
    const folder = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
    // what the tests run in says nothing about colours here
    const line = `unset NO_COLOR FORCE_COLOR; trap : INT; PATH=${quoted(folder)}:"$PATH"; cd ${quoted(cwd)}; ${command}; printf 'ended with %s\\n' "$?"; exec cat`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'sh', '-c', line);
  }

  /** What stands on the screen, line by line; with its escape sequences of colours if wanted. */
  screen(colours = false): readonly string[] {
    const text = this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
    return text.replace(/\n+$/, '').split('\n');
  }

  /** The same with every line that was wrapped joined again: longer than the terminal is wide. */
  unwrapped(): readonly string[] {
    return this.#tmux('capture-pane', '-p', '-J').replace(/\n+$/, '').split('\n');
  }

  key(name: string): void {
    this.#tmux('send-keys', name);
  }

  /** Waits until the screen matches; fails after a deadline with what is there instead. */
  async shows(pattern: RegExp, seconds = PATIENCE_SECONDS): Promise<readonly string[]> {
    const deadline = performance.now() + seconds * 1_000;
    for (;;) {
      const screen = this.screen();
      if (pattern.test(screen.join('\n'))) return screen;
      if (performance.now() > deadline)
        throw new Error(`not within ${seconds} s: ${pattern}; but\n${screen.join('\n')}`);
      await sleep(50);
    }
  }

  /** From now on nothing reads what the program writes, until `goOn`. */
  hang(): void {
    this.#server = Number(this.#tmux('display-message', '-p', '#{pid}'));
    process.kill(this.#server, 'SIGSTOP');
  }

  goOn(): void {
    if (this.#server !== undefined) process.kill(this.#server, 'SIGCONT');
    this.#server = undefined;
  }

  close(): void {
    this.goOn();
    this.#tmux('kill-server');
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
