import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';

type Ssh = ChildProcessByStdio<Writable, Readable, Readable>;

/** The output of ssh is only used if ssh fails. The end of the output contains the reason. */
const MOST_SAID = 16_384;
/** The time that ssh may take to end after its connection ended. */
const GRACE_MILLISECONDS = 2_000;

/** How a stream ended without being closed here. */
export interface SshEnd {
  /** Whether any data arrived from the other side. */
  readonly connected: boolean;
  /** The reason why ssh could not be started. */
  readonly cause: Error | null;
  /** The standard error output of ssh. */
  readonly said: string;
}

/**
 * One connection through its own ssh process (`ssh -W`). The pipes of ssh are the connection. They close when this Node
 * process ends, for any reason, and then ssh ends, too.
 */
export class SshStream extends Duplex {
  readonly #ssh: Ssh;
  /** Fulfilled when the ssh process has ended. */
  readonly gone: Promise<void>;

  /** `onEnd` returns the error with which the stream ends. Undefined: the other side closed the connection. */
  constructor(
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    onConnected: () => void,
    onEnd: (end: SshEnd) => Error | undefined,
  ) {
    super({ allowHalfOpen: false }); // like a socket
    // ssh gets its own process group, so that Ctrl-C stops the run and not its connections. It has no terminal, so ssh
    // cannot ask questions.
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
    stdin.on('error', () => {}); // `close` reports that ssh has ended
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

  /** Ends the input of ssh: the other side ends its half, and then ssh ends. */
  override _final(done: () => void): void {
    this.#ssh.stdin.end();
    this.#killSoon();
    done(); // an ssh that has ended would never confirm
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ssh.stdin.end(); // data that was written before is still sent
    this.#ssh.stdout.destroy(); // otherwise unread output would block ssh
    this.#killSoon();
    setImmediate(() => done(error)); // as late as a socket does: TLS over this stream must report its own error first
  }

  #killSoon(): void {
    const timer = setTimeout(() => this.#ssh.kill('SIGKILL'), GRACE_MILLISECONDS);
    void this.gone.then(() => clearTimeout(timer));
  }
}
