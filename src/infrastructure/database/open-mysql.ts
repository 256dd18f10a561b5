import { isIP } from 'node:net';
import { MikroORM } from '@mikro-orm/mysql';
import type { StudyDefinition } from '../../domain/study.ts';
import { createStatementsOf } from './create-statements.ts';
import { entitySchemas } from './entities.ts';
import type { SshTunnelConfiguration } from '../config/configuration.ts';
import { MysqlDatabase, type NativePool } from './mysql-database.ts';
import { type MysqlPlace, translated } from './mysql-errors.ts';
import { requireServer, serverVariables } from './mysql-server.ts';
import { SqlRepository, type SqlRepositoryOptions } from './sql-repository.ts';
import { SshTunnel } from './ssh-tunnel.ts';
import { addressed, connectTo, type MysqlTls } from './tls.ts';

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
  /** Reached through an SSH host; takes the place of host and port. */
  readonly sshTunnel?: SshTunnelConfiguration;
}

/**
 * Opens a study on a MySQL or MariaDB server. Throws `DATABASE_UNREACHABLE`, or `DATABASE_UNSUPPORTED` saying which
 * version, database or privilege is missing. Passwords appear in no error.
 */
export const openMysqlRepository = async (study: StudyDefinition, options: MysqlOptions): Promise<SqlRepository> => {
  const { user, password, database: name, socketPath, ssl } = options;
  const tunnel = options.sshTunnel && new SshTunnel(options.sshTunnel);
  const { remoteHost: host = options.host ?? '127.0.0.1', remotePort: port = options.port ?? 3306 } =
    options.sshTunnel ?? {};
  const orm = await MikroORM.init({
    dbName: name,
    schema: '', // or it would be taken from MIKRO_ORM_SCHEMA, and the password from MIKRO_ORM_PASSWORD
    entities: [...entitySchemas(study, 'mysql')],
    debug: false,
    // Claims, commits, heartbeats and reads side by side; idle ones go before the server's wait_timeout ends them.
    pool: { min: 0, max: 8, idleTimeoutMillis: 45_000 },
    driverOptions: {
      // The ORM would take pool.min, and the driver then closes every idle connection once a second; below max, or none goes.
      maxIdle: 7,
      ...(socketPath === undefined ? { host, port } : { socketPath }),
      user,
      password: password ?? '',
      database: name,
      ...(ssl && { ssl: { verifyIdentity: true, ...ssl } }),
      ...(tunnel && { stream: () => addressed(tunnel.connect(), host) }),
      ...(!tunnel && ssl && socketPath === undefined && isIP(host) && { stream: () => connectTo(host, port) }),
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: tunnel ? 30_000 : 10_000, // ssh has a time limit of its own, and can say more
      enableKeepAlive: true,
      jsonStrings: true,
      supportBigNumbers: true,
      maxPreparedStatements: 200,
      // No typeCast: it would be called for binary results too, which it misreads. Our results are binary and exact; doubles
      // in text results lose their last digit in mysql2 (one of fifty), so nothing reads those.
    },
  });
  const close = async (): Promise<void> => {
    await orm.close();
    await tunnel?.close();
  };
  const place: MysqlPlace = {
    text:
      socketPath ?? `${user}@${host}:${port}${options.sshTunnel ? ` through SSH host ${options.sshTunnel.host}` : ''}`,
    user,
    database: name,
    remote: socketPath === undefined && !/^(localhost|127\.[\d.]+|::1)$/i.test(host),
    verified: ssl !== undefined && ssl.rejectUnauthorized !== false,
    tls: ssl === undefined ? 'none' : ssl.cert === undefined ? 'encrypted' : 'certified',
  };
  try {
    const pool = (await orm.em.getConnection().getNativeClient()) as unknown as NativePool;
    const database = new MysqlDatabase(pool, place, options.queryTimeoutSeconds ?? 30, close);
    const variables = await database.read(serverVariables);
    requireServer(variables, place.text);
    database.packetBytes = Number(variables.get('max_allowed_packet') ?? database.packetBytes);
    return new SqlRepository(study, database, createStatementsOf(orm), options);
  } catch (error) {
    await close();
    throw translated(error, place);
  }
};
