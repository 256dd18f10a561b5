import { MikroORM } from '@mikro-orm/mysql';
import type { StudyDefinition } from '../../domain/study/define-study.ts';
import { createStatementsOf } from './schema/create-statements.ts';
import { entitySchemas } from './schema/entities.ts';
import { MysqlDatabase, type NativePool } from './mysql/mysql-database.ts';
import { driverOptions, type MysqlOptions, placeOf } from './mysql/mysql-driver.ts';
import { translated } from './mysql/mysql-errors.ts';
import { requireServer, serverVariables } from './mysql/mysql-server.ts';
import { readOnlyDatabase } from './connection/read-only-database.ts';
import { SqlRepository } from './sql-repository.ts';
import { SshTunnel } from './mysql/ssh-tunnel.ts';

export type { MysqlOptions };

/**
 * Opens a study on a MySQL or MariaDB server. Throws `DATABASE_UNREACHABLE`, or `DATABASE_UNSUPPORTED` saying which
 * version, database or privilege is missing. Passwords appear in no error.
 */
export const openMysqlRepository = async (study: StudyDefinition, options: MysqlOptions): Promise<SqlRepository> => {
  const tunnel = options.sshTunnel && new SshTunnel(options.sshTunnel);
  const orm = await MikroORM.init({
    dbName: options.database,
    schema: '', // or it would be taken from MIKRO_ORM_SCHEMA, and the password from MIKRO_ORM_PASSWORD
    entities: [...entitySchemas(study, 'mysql')],
    debug: false,
    // Claims, commits, heartbeats and reads side by side; idle ones go before the server's wait_timeout ends them.
    pool: { min: 0, max: 8, idleTimeoutMillis: 45_000 },
    driverOptions: {
      // The ORM would take pool.min, and the driver then closes every idle connection once a second; below max, or none goes.
      maxIdle: 7,
      ...driverOptions(options, tunnel),
    },
  });
  const close = async (): Promise<void> => {
    await orm.close();
    await tunnel?.close();
  };
  const place = placeOf(options);
  try {
    const pool = (await orm.em.getConnection().getNativeClient()) as unknown as NativePool;
    const database = new MysqlDatabase(pool, place, options.queryTimeoutSeconds ?? 30, close);
    const variables = await database.read(serverVariables);
    requireServer(variables, place.text);
    database.packetBytes = Number(variables.get('max_allowed_packet') ?? database.packetBytes);
    return new SqlRepository(
      study,
      options.readOnly === true ? readOnlyDatabase(database) : database,
      createStatementsOf(orm),
      options,
    );
  } catch (error) {
    await close();
    throw translated(error, place);
  }
};
