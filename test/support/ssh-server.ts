import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { atEndOfFile } from './cleanup.ts';
import { temporaryDirectory } from './databases.ts';
import { Service } from './service.ts';

/** A throw-away SSH server that lets one key in and forwards connections. */
export class SshServer {
  readonly #service: Service;
  readonly #directory = temporaryDirectory();
  readonly host: string;
  readonly user = userInfo().username;
  #port = 0;

  private constructor(service: Service, host: string) {
    this.#service = service;
    this.host = host;
  }

  /** Installs what is absent (as root on Debian) and starts it. At `host`, which is this machine's for the server. */
  static async start(host = '127.0.0.1', inside: readonly string[] = []): Promise<SshServer> {
    const server = new SshServer(new Service('sshd', inside), host);
    atEndOfFile(() => server.#service.destroy());
    await server.#service.run('start', host === '127.0.0.1' ? [] : ['--', `ListenAddress=${host}`]);
    server.#port = Number(/^SSH_PORT=(\d+)$/m.exec(await server.#service.run('env'))?.[1]);
    copyFileSync(join(server.#service.directory, 'client_key'), server.keyFile);
    writeFileSync(server.knownHostsFile, `[${host}]:${server.#port} ${server.hostKey}\n`);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** A copy of the private key that is let in. */
  get keyFile(): string {
    return join(this.#directory, 'client key'); // a path that has to be quoted
  }

  /** Knows the key that the server had when it was started. */
  get knownHostsFile(): string {
    return join(this.#directory, 'known 100% hosts');
  }

  /** The public key that it shows now. */
  get hostKey(): string {
    return readFileSync(join(this.#service.directory, 'host_key.pub'), 'utf8').split(' ', 2).join(' ');
  }

  /** The configuration of a tunnel through it. */
  get tunnel() {
    const { host, port, user, keyFile, knownHostsFile } = this;
    return { host, port, user, keyFile, knownHostsFile };
  }

  /** Ends the open connections; new ones can be made. */
  async drop(): Promise<void> {
    await this.#service.run('drop');
  }

  /** The host goes away with all its connections. */
  async kill(): Promise<void> {
    await this.#service.run('kill');
  }

  async restart(): Promise<void> {
    await this.#service.run('restart');
  }

  /** The next start makes a new key: the host was set up anew, or somebody else poses as it. */
  loseHostKey(): void {
    for (const file of ['host_key', 'host_key.pub']) rmSync(join(this.#service.directory, file));
  }
}

let reason: string | undefined;
const installing = new Service('sshd');
try {
  await installing.run('install');
} catch (error) {
  reason = (error as Error).message.split('\n').at(-1) ?? '';
  if (!['', '0', 'false', undefined].includes(process.env['CI'])) throw error;
  process.stderr.write(`\n!! NO SSH SERVER CAN BE STARTED, every test of tunnels is skipped: ${reason}\n\n`);
} finally {
  await installing.destroy();
}

/** A suite whose tests need an SSH server; where there is none it shows as skipped, in CI it fails. */
export const describeOnSsh = (title: string, body: () => void): void => {
  const suffix = reason === undefined ? '' : `: not available: ${reason}`;
  describe.skipIf(reason !== undefined)(`${title}${suffix}`, () => {
    body();
  });
};
