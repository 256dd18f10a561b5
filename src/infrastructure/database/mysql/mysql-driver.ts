import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type { SshTunnelConfiguration } from '../../config/schema/configuration.ts';
import { hashOnly } from './hashed-password.ts';
import { MysqlDatabase } from './mysql-database.ts';
import type { NativePool } from './mysql-dialect.ts';
import type { MysqlPlace } from './mysql-errors.ts';
import type { SqlRepositoryOptions } from '../connection/repository-options.ts';
import { SshTunnel } from './ssh-tunnel.ts';
import { addressed, connectTo, type MysqlTls } from './tls.ts';

/** Options as plain data, so that they can be sent to a thread. */
export interface MysqlOptions extends SqlRepositoryOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 3306. */
  readonly port?: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** A UNIX socket instead of host and port. */
  readonly socketPath?: string;
  /**
   * The time limit of a statement, after which its connection is closed. Default 30. Filling and preparing may take
   * longer.
   */
  readonly queryTimeoutSeconds?: number;
  readonly ssl?: MysqlTls;
  /**
   * Whether a server on another machine may get the password itself although TLS does not authenticate the server.
   * Default false.
   */
  readonly allowCleartextPassword?: boolean;
  /** The SSH host through which the server is reached. It replaces `host` and `port`. */
  readonly sshTunnel?: SshTunnelConfiguration;
}

const serverOf = ({ sshTunnel, host = '127.0.0.1', port = 3306 }: MysqlOptions) =>
  sshTunnel ? { host: sshTunnel.remoteHost, port: sshTunnel.remotePort } : { host, port };

const isRemote = (options: MysqlOptions): boolean =>
  options.socketPath === undefined && !/^(localhost|127\.[\d.]+|::1)$/i.test(serverOf(options).host);

/** The options of the driver for one connection. */
const driverOptions = (options: MysqlOptions, tunnel: SshTunnel | undefined) => {
  const { user, password = '', database, socketPath, ssl, allowCleartextPassword: allowed = false } = options;
  const { host, port } = serverOf(options);
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user,
    password,
    database,
    ...(isRemote(options) && !ssl && !tunnel && !allowed && { authPlugins: hashOnly(password) }),
    enableCleartextPlugin: allowed,
    ...(ssl && { ssl: { verifyIdentity: true, ...ssl } }),
    ...(tunnel && { stream: () => addressed(tunnel.connect(), host) }),
    ...(!tunnel && ssl && socketPath === undefined && isIP(host) && { stream: () => connectTo(host, port) }),
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: tunnel ? 30_000 : 10_000, // ssh has its own time limit, and its error says more
    enableKeepAlive: true,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    maxPreparedStatements: 200,
    // No typeCast: the driver would also call it for binary results, which it reads incorrectly. The results here are
    // binary and exact. In text results mysql2 loses the last digit of one double in fifty, so no code reads doubles
    // from them.
  };
};

/** The server, for error texts. */
export const placeOf = (options: MysqlOptions): MysqlPlace => {
  const { user, database, socketPath, ssl, sshTunnel } = options;
  const { host, port } = serverOf(options);
  return {
    text: socketPath ?? `${user}@${host}:${port}${sshTunnel ? ` through SSH host ${sshTunnel.host}` : ''}`,
    user,
    database,
    remote: isRemote(options),
    verified: ssl !== undefined && ssl.rejectUnauthorized !== false,
    tls: ssl === undefined ? 'none' : ssl.cert === undefined ? 'encrypted' : 'certified',
  };
};

interface DriverPool extends NativePool {
  end(callback: (error: Error | null) => void): void;
}

/**
 * Claims, commits, heartbeats and reads run in parallel. Idle connections are closed before the server's `wait_timeout`
 * ends them. `maxIdle` is less than `connectionLimit`, because otherwise the driver would close no idle connection.
 */
export const MANY_CONNECTIONS = { connectionLimit: 8, maxIdle: 7, idleTimeout: 45_000 };

/** The database of a study on a server. Connections are made when they are used. */
export const mysqlDatabase = (
  options: MysqlOptions,
  connections: typeof MANY_CONNECTIONS | { readonly connectionLimit: 1 },
): MysqlDatabase => {
  const { createPool } = createRequire(import.meta.resolve('@mikro-orm/mysql'))('mysql2') as {
    createPool: (options: object) => DriverPool;
  };
  const tunnel = options.sshTunnel && new SshTunnel(options.sshTunnel);
  const pool = createPool({ ...driverOptions(options, tunnel), ...connections });
  const close = async (): Promise<void> => {
    await new Promise<void>((resolve) => pool.end(() => resolve())); // a broken connection is closed as well
    await tunnel?.close();
  };
  return new MysqlDatabase(pool, placeOf(options), options.queryTimeoutSeconds ?? 30, close);
};
