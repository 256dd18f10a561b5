import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { companionTableName } from '../../src/domain/study/table-names.ts';
import { openMysqlRepository } from '../../src/infrastructure/database/open-mysql.ts';
import type { MysqlOptions } from '../../src/infrastructure/database/mysql/mysql-driver.ts';
import { experimentRepositoryContract } from './experiment-repository.ts';

/** The contract in a database of a MySQL or MariaDB server. */
export const mysqlContract = (
  name: string,
  place: () => Promise<Omit<MysqlOptions, 'host' | 'port'> & { readonly host: string; readonly port: number }>,
): void =>
  experimentRepositoryContract(name, async (study) => {
    const options = await place();
    const repository = await openMysqlRepository(study, options);
    const all = [repository];
    const runners = `\`${companionTableName(study, 'runners').replaceAll('`', '``')}\``;
    const behind = async (sql: string, id: string) => {
      const { host, port, user, password = '', database } = options;
      const connection = await createConnection({ host, port, user, password, database });
      // whatever the server offers
      await connection.query('SET SESSION TRANSACTION READ WRITE');
      await connection.query('SET SESSION autocommit = 1, completion_type = 0, sql_safe_updates = 0');
      await connection.execute(sql, [id]);
      await connection.end();
    };
    return {
      repository,
      another: async (other = study) => {
        const another = await openMysqlRepository(other, options);
        all.push(another);
        return another;
      },
      expire: async (runnerId) => behind(`UPDATE ${runners} SET expires_at = '2000-01-01' WHERE id = ?`, runnerId),
      forget: async (runnerId) => behind(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
      elapse: async (milliseconds) => sleep(milliseconds),
      close: async () => void (await Promise.all(all.map((one) => one.close()))),
    };
  });
