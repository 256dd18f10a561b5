import { Service } from './service.ts';

export type PrivateServerKind = 'mariadb' | 'mysql9';

/** A throw-away database server on loopback. */
export class PrivateServer {
  readonly #service: Service;
  #url = '';

  private constructor(service: Service) {
    this.#service = service;
  }

  /** Installs what is absent (as root on Debian), starts the server with these options and waits until it answers. */
  static async start(
    kind: PrivateServerKind,
    options: readonly string[] = [],
    inside: readonly string[] = [],
  ): Promise<PrivateServer> {
    const server = new PrivateServer(new Service(kind, inside));
    try {
      // survives a kill of the server, not a power cut, and spares the tests an fsync at every commit
      server.#url = await server.#service.run('start', ['--', '--innodb-flush-log-at-trx-commit=2', ...options]);
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

  /** Where its Unix socket is. */
  get socketPath(): string {
    return `${this.#service.directory}/s.sock`;
  }

  /** A crash: kill -9. The data stays. */
  async kill(): Promise<void> {
    await this.#service.run('kill');
  }

  /** Starts it again on the same data and port, after a kill too. */
  async restart(): Promise<void> {
    await this.#service.run('restart');
  }

  /** The server hangs with its connections open, until `resume`. */
  async pause(): Promise<void> {
    await this.#service.run('pause');
  }

  async resume(): Promise<void> {
    await this.#service.run('resume');
  }

  /** The server ends every connection of the test user. */
  async dropConnections(): Promise<void> {
    await this.#service.run('drop-connections');
  }

  /** Runs a statement as the server's root and returns what its client prints. */
  async sql(statement: string): Promise<string> {
    return this.#service.run('sql', [statement]);
  }

  /** Ends the server and removes its directory; may be called twice. */
  async destroy(): Promise<void> {
    await this.#service.destroy();
  }
}
