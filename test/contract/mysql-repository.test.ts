import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { companionTableName } from '../../src/domain/study.ts';
import { openMysqlRepository } from '../../src/infrastructure/database/open-mysql.ts';
import { createDatabase, describeOnMysql } from '../support/databases.ts';
import { experimentRepositoryContract } from './experiment-repository.ts';

describeOnMysql('contract', (server) => {
  const created = createDatabase(server);
  experimentRepositoryContract(`SqlRepository on ${server.name}`, async (study) => {
    const database = await created;
    const repository = await openMysqlRepository(study, database);
    const all = [repository];
    const runners = `\`${companionTableName(study, 'runners').replaceAll('`', '``')}\``;
    const behind = async (sql: string, id: string) => {
      const { host, port, user, password } = database;
      const connection = await createConnection({ host, port, user, password, database: database.database });
      await connection.execute(sql, [id]);
      await connection.end();
    };
    return {
      repository,
      another: async (other = study) => {
        const another = await openMysqlRepository(other, database);
        all.push(another);
        return another;
      },
      expire: async (runnerId) => behind(`UPDATE ${runners} SET expires_at = '2000-01-01' WHERE id = ?`, runnerId),
      forget: async (runnerId) => behind(`DELETE FROM ${runners} WHERE id = ?`, runnerId),
      elapse: async (milliseconds) => sleep(milliseconds),
      close: async () => void (await Promise.all(all.map((one) => one.close()))),
    };
  });
});
