import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';

type Ssh = ChildProcessByStdio<Writable, Readable, Readable>;

/** What ssh says is only wanted if it fails; the end of it tells why. */
const MOST_SAID = 16_384;
/** How long an ssh whose connection was ended may take to end. */
const GRACE_MILLISECONDS = 2_000;

/** How a stream ended by itself. */
export interface SshEnd {
  /** Whether the other side has ever said anything. */
  readonly connected: boolean;
  /** ssh could not even be started. */
  readonly cause: Error | null;
  /** What ssh said on its standard error. */
  readonly said: string;
}

/**
 * One connection through an ssh process of its own (`ssh -W`): its pipes are the connection. They close when this process
 * ends, however it ends, and then ssh ends.
 */
export class SshStream extends Duplex {
  readonly #ssh: Ssh;
  /** Fulfilled when the ssh process has gone. */
  readonly gone: Promise<void>;

  /** `onEnd` says which error the stream ends with; undefined: a connection that the other side has closed. */
  constructor(
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    onConnected: () => void,
    onEnd: (end: SshEnd) => Error | undefined,
  ) {
    super({ allowHalfOpen: false }); // like a socket
    // A process group of its own: Ctrl-C stops the run, not its connections. And no terminal: nothing can ask.
    this.#ssh = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: environment });
    let [said, connected] = ['', false];
    let cause: Error | null = null;
    this.#ssh.on('error', (error) => (cause = error));
    const { stdin, stdout, stderr } = this.#ssh as Partial<Ssh>;
    if (!stdin || !stdout || !stderr) throw new Error('this process has too many open files');
    stdout.on('data', (chunk: Buffer) => {
      if (!connected) onConnected();
      connected = true;
      if (!this.push(chunk)) stdout.pause();
    });
    stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-MOST_SAID)));
    stdin.on('error', () => {}); // that ssh has gone is told by `close`
    this.gone = new Promise((resolve) => {
      this.#ssh.on('close', () => {
        resolve();
        const error = this.destroyed || this.writableEnded ? undefined : onEnd({ connected, cause, said });
        if (error) this.destroy(error);
        else this.push(null);
      });
    });
  }

  override _read(): void {
    this.#ssh.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#ssh.stdin.write(chunk, () => done());
  }

  /** Passes the end on: the other side ends its half, and so ssh. */
  override _final(done: () => void): void {
    this.#ssh.stdin.end();
    this.#killSoon();
    done(); // an ssh that has gone would never say that it has heard
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ssh.stdin.end(); // what was written before still goes
    this.#ssh.stdout.destroy(); // or what nobody reads would keep ssh waiting
    this.#killSoon();
    setImmediate(() => done(error)); // as late as a socket's: TLS over it has its own error to tell before
  }

  #killSoon(): void {
    const timer = setTimeout(() => this.#ssh.kill('SIGKILL'), GRACE_MILLISECONDS);
    void this.gone.then(() => clearTimeout(timer));
  }
}
