import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { readOnlyDatabase } from './connection/read-only-database.ts';
import { MANY_CONNECTIONS, mysqlDatabase, type MysqlOptions, placeOf } from './mysql/mysql-driver.ts';
import { requireServer, serverVariables } from './mysql/mysql-server.ts';
import { SqlRepository } from './sql-repository.ts';

/**
 * Opens a study on a MySQL or MariaDB server. Throws `DATABASE_UNREACHABLE`, or `DATABASE_UNSUPPORTED` with the
 * version, database or privilege that is missing. No error contains a password.
 */
export const openMysqlRepository = async (study: StudyDefinition, options: MysqlOptions): Promise<SqlRepository> => {
  const database = mysqlDatabase(options, MANY_CONNECTIONS);
  try {
    const variables = await database.read(serverVariables);
    requireServer(variables, placeOf(options).text);
    database.packetBytes = Number(variables.get('max_allowed_packet') ?? database.packetBytes);
    return new SqlRepository(study, options.readOnly === true ? readOnlyDatabase(database) : database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
};
