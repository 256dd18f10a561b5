import { describe } from 'vitest';
import { describeOnPrivateServer, mysqlServers, startServer } from '../support/databases.ts';
import type { PrivateServerKind } from '../support/private-server.ts';
import { mysqlContract } from './mysql-contract.ts';

/* A server that offers each new session the worst there is: every connection says for itself what it relies on. */

const hostile = [
  'sql_select_limit = 2',
  'sql_safe_updates = 1',
  'sql_auto_is_null = 1',
  'foreign_key_checks = 0',
  'unique_checks = 0',
  'max_join_size = 100',
  'div_precision_increment = 0',
  'group_concat_max_len = 4',
  'max_sort_length = 64',
  "completion_type = 'CHAIN'",
  "default_storage_engine = 'MyISAM'",
  "default_tmp_storage_engine = 'MyISAM'",
  "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_ZERO_DATE'",
  "lc_messages = 'de_DE'",
  "time_zone = '+05:00'",
  'autocommit = 0',
];
const hostileOf: Readonly<Record<PrivateServerKind, readonly string[]>> = {
  mariadb: [
    ...hostile,
    'max_statement_time = 0.02',
    'in_predicate_conversion_threshold = 2',
    "tx_isolation = 'SERIALIZABLE'",
    'tx_read_only = 1',
  ],
  mysql9: [
    ...hostile,
    'max_execution_time = 20',
    'range_optimizer_max_mem_size = 1',
    "transaction_isolation = 'SERIALIZABLE'",
    'transaction_read_only = 1',
  ],
};

const onHostileServer = (kind: PrivateServerKind): void => {
  const started = startServer(kind).then(async (server) => {
    await server.sql(`SET GLOBAL init_connect = "SET NAMES latin1; SET character_set_results = NULL"`);
    for (const setting of hostileOf[kind])
      await server.sql(`SET SESSION TRANSACTION READ WRITE; SET GLOBAL ${setting}`);
    return server;
  });
  mysqlContract(`SqlRepository on a hostile ${kind}`, async () => {
    const { hostname: host, port, username: user, password, pathname } = new URL((await started).url);
    return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
  });
};

describeOnPrivateServer('contract', () => {
  onHostileServer('mariadb');
  describe.runIf(mysqlServers().some(({ name }) => name === 'mysql'))('and', () => {
    onHostileServer('mysql9');
  });
});
