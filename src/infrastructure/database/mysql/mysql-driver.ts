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

/** Plain data: a thread can be told. */
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
  /** How long a statement may take before its connection is given up. Default 30; filling and preparing may take longer. */
  readonly queryTimeoutSeconds?: number;
  readonly ssl?: MysqlTls;
  /** Whether a server on another machine may have the password itself although no TLS says which server it is. Default false. */
  readonly allowCleartextPassword?: boolean;
  /** Reached through an SSH host; takes the place of host and port. */
  readonly sshTunnel?: SshTunnelConfiguration;
}

const serverOf = ({ sshTunnel, host = '127.0.0.1', port = 3306 }: MysqlOptions) =>
  sshTunnel ? { host: sshTunnel.remoteHost, port: sshTunnel.remotePort } : { host, port };

const isRemote = (options: MysqlOptions): boolean =>
  options.socketPath === undefined && !/^(localhost|127\.[\d.]+|::1)$/i.test(serverOf(options).host);

/** How the driver connects. */
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
    connectTimeout: tunnel ? 30_000 : 10_000, // ssh has a time limit of its own, and can say more
    enableKeepAlive: true,
    dateStrings: true,
    jsonStrings: true,
    supportBigNumbers: true,
    maxPreparedStatements: 200,
    // No typeCast: it would be called for binary results too, which it misreads. Our results are binary and exact; doubles
    // in text results lose their last digit in mysql2 (one of fifty), so nothing reads those.
  };
};

/** For the texts of errors. */
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
 * Claims, commits, heartbeats and reads side by side; idle ones go before the server's wait_timeout ends them. With as many
 * idle ones allowed as there can be the driver would close none.
 */
export const MANY_CONNECTIONS = { connectionLimit: 8, maxIdle: 7, idleTimeout: 45_000 };

/** A study's server; connections are made when they are used. */
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
    await new Promise<void>((resolve) => pool.end(() => resolve())); // one that is broken is closed as well
    await tunnel?.close();
  };
  return new MysqlDatabase(pool, placeOf(options), options.queryTimeoutSeconds ?? 30, close);
};
