import { createDatabase, describeOnMysql } from '../support/databases.ts';
import { mysqlContract } from './mysql-contract.ts';

describeOnMysql('contract', (server) => {
  const created = createDatabase(server);
  mysqlContract(`SqlRepository on ${server.name}`, async () => created);
});
