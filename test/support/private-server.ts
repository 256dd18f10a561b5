import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type PrivateServerKind = 'mariadb' | 'mysql9';

/**
 * A throw-away database server on loopback, in a temporary directory, started by a script of `services/`.
 *
 * A guard process of its own session holds the other end of a pipe and destroys server and directory when the pipe
 * closes: on `destroy()`, but also when this process ends in any other way, kill -9 included.
 */
export class PrivateServer {
  readonly #script: string;
  readonly #kind: PrivateServerKind;
  readonly #home: string;
  readonly #guard: ChildProcess;
  #url = '';

  private constructor(kind: PrivateServerKind) {
    this.#kind = kind;
    this.#script = join(import.meta.dirname, 'services', kind);
    this.#home = mkdtempSync(join(tmpdir(), `tsx-${kind}-`));
    const wake = 'cat >/dev/null; bash "$0" destroy --dir "$1/db"; rm -rf -- "$1"';
    this.#guard = spawn('bash', ['-c', wake, this.#script, this.#home], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  /**
   * Installs what is absent (as root on Debian), starts the server with these options and waits until it answers.
   * `movableClock`: for `moveClock`; every look at the clock then costs the server a look at a file.
   */
  static async start(
    kind: PrivateServerKind,
    options: readonly string[] = [],
    { movableClock = false } = {},
  ): Promise<PrivateServer> {
    const server = new PrivateServer(kind);
    try {
      const clock = movableClock ? ['--clock', server.#clock] : [];
      // survives a kill of the server, not a power cut, and spares the tests an fsync at every commit
      server.#url = await server.#run('start', [...clock, '--', '--innodb-flush-log-at-trx-commit=2', ...options]);
      return server;
    } catch (error) {
      await server.destroy();
      throw error;
    }
  }

  /** mysql://user:password@host:port/database */
  get url(): string {
    return this.#url;
  }

  /** A crash: kill -9. The data stays. */
  async kill(): Promise<void> {
    await this.#run('kill');
  }

  /** Starts it again on the same data and port, after a kill too. */
  async restart(): Promise<void> {
    await this.#run('restart');
  }

  /** The server hangs with its connections open, until `resume`. */
  async pause(): Promise<void> {
    await this.#run('pause');
  }

  async resume(): Promise<void> {
    await this.#run('resume');
  }

  /** The server ends every connection of the test user. */
  async dropConnections(): Promise<void> {
    await this.#run('drop-connections');
  }

  /** The server's wall clock is so far ahead of the machine's, or behind, from now on; its monotonic clock goes on. */
  moveClock(seconds: number): void {
    const next = `${this.#clock}.next`;
    writeFileSync(next, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(next, this.#clock); // never half written
  }

  get #clock(): string {
    return join(this.#home, 'clock');
  }

  /** Runs a statement as the server's root and returns what its client prints. */
  async sql(statement: string): Promise<string> {
    return this.#run('sql', [statement]);
  }

  /** Ends the server and removes its directory; may be called twice. */
  async destroy(): Promise<void> {
    if (this.#guard.exitCode !== null || this.#guard.signalCode !== null) return;
    const gone = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await gone;
  }

  async #run(verb: string, rest: readonly string[] = []): Promise<string> {
    const child = spawn('bash', [this.#script, verb, '--dir', join(this.#home, 'db'), ...rest], {
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
