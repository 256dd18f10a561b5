import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * A throw-away server on loopback, in a temporary directory, started by a script of `services/`.
 *
 * A guard process of its own session holds the other end of a pipe and destroys server and directory when the pipe
 * closes: on `destroy()`, but also when this process ends in any other way, kill -9 included.
 */
export class Service {
  readonly #kind: string;
  readonly #command: readonly string[];
  readonly #home: string;
  readonly #guard: ChildProcess;

  /** `inside`: a command that runs others somewhere else, in a network of their own for example. */
  constructor(kind: 'mariadb' | 'mysql9' | 'sshd', inside: readonly string[] = []) {
    this.#kind = kind;
    const script = join(import.meta.dirname, 'services', kind);
    this.#command = [...inside, 'bash', script];
    this.#home = mkdtempSync(join(tmpdir(), `tsx-${kind}-`));
    const wake = 'cat >/dev/null; bash "$0" destroy --dir "$1/db"; rm -rf -- "$1"';
    this.#guard = spawn('bash', ['-c', wake, script, this.#home], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  /** Where the server keeps what it owns. */
  get directory(): string {
    return join(this.#home, 'db');
  }

  /** Ends the server and removes its directory; may be called twice. */
  async destroy(): Promise<void> {
    if (this.#guard.exitCode !== null || this.#guard.signalCode !== null) return;
    const gone = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await gone;
  }

  /** Runs a verb of the script and returns what it prints. */
  async run(verb: string, rest: readonly string[] = []): Promise<string> {
    const [program = 'bash', ...before] = this.#command;
    const child = spawn(program, [...before, verb, '--dir', this.directory, ...rest], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const told: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    createInterface({ input: child.stderr }).on('line', (line) => {
      told.push(line);
      // what takes long is said while it happens
      if (line.startsWith(`${this.#kind}: installing`) || line.startsWith(`${this.#kind}: unpacking`)) {
        process.stderr.write(`${line}\n`);
      }
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`services/${this.#kind} ${verb} failed:\n${told.slice(-15).join('\n')}`);
    return output.trim();
  }
}
