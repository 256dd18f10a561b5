import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import type { Sql } from '../connection/sql.ts';

/** The settings of a server by name. The guarantees of claims and commits depend on them. */
export type ServerVariables = ReadonlyMap<string, string>;

const NAMES = [
  'version',
  'version_comment',
  'max_allowed_packet',
  'read_only',
  'super_read_only',
  'innodb_read_only',
  'transaction_read_only',
  'tx_read_only',
  'transaction_isolation',
  'tx_isolation',
  'autocommit',
  'log_bin',
  'binlog_format',
  'sync_binlog',
  'innodb_flush_log_at_trx_commit',
  'wsrep_on',
];

export const serverVariables = async (sql: Sql): Promise<ServerVariables> => {
  const rows = await sql.all(`SHOW VARIABLES WHERE Variable_name IN (${NAMES.map(() => '?').join(', ')})`, NAMES);
  return new Map(rows.map(([name, value]) => [String(name), String(value)]));
};

const older = (version: string, oldest: readonly number[]): boolean => {
  const parts = version.split(/[.-]/).map(Number);
  const at = oldest.findIndex((part, index) => part !== (parts[index] ?? 0));
  return at !== -1 && (parts[at] ?? 0) < (oldest[at] ?? 0);
};

/**
 * Throws `DATABASE_UNSUPPORTED` for a server without JSON_TABLE, or without SKIP LOCKED (claims would wait for each
 * other).
 */
export const requireServer = (variables: ServerVariables, place: string): void => {
  // MariaDB 10 reports version 5.5.5 to clients that do not know its version numbers.
  const version = (variables.get('version') ?? '').replace(/^5\.5\.5-/, '');
  const mariadb = /mariadb/i.test(version + (variables.get('version_comment') ?? ''));
  if (!older(version, mariadb ? [10, 6] : [8, 0, 4])) return;
  const needed = mariadb ? 'MariaDB 10.6' : 'MySQL 8.0.4';
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `${place}: server version ${version} is too old, at least ${needed} is needed: update the server`,
  );
};

export const serverFindings = (variables: ServerVariables): readonly Finding[] => {
  const value = (...names: string[]) =>
    names.map((name) => variables.get(name)?.toUpperCase()).find((found) => found !== undefined);
  const on = (name: string) => !['OFF', '0', undefined].includes(value(name));
  const findings: Finding[] = [];
  const error = (message: string, fix: string) => findings.push({ severity: 'error', message, fix });
  const warning = (message: string, fix: string) => findings.push({ severity: 'warning', message, fix });

  const isolation = value('transaction_isolation', 'tx_isolation');
  if (isolation !== undefined && isolation !== 'READ-COMMITTED') {
    error(
      `transactions are isolated as ${isolation}, although each connection asks for READ-COMMITTED: something in between, such as a connection pooler, resets it`,
      'connect to the server directly, or let the pooler keep the settings of a session',
    );
  }
  if (value('autocommit') === 'OFF') {
    error(
      'autocommit is off, although each connection asks for it: something in between, such as a connection pooler, resets it',
      'connect to the server directly, or let the pooler keep the settings of a session',
    );
  }
  if (on('read_only') || on('super_read_only') || on('innodb_read_only')) {
    error(
      'the server is read-only',
      'connect to the primary server, not to a replica; there: SET GLOBAL read_only = OFF;',
    );
  } else if (on('transaction_read_only') || on('tx_read_only')) {
    error(
      'transactions are read-only, although each connection asks for READ WRITE: something in between, such as a connection pooler, resets it',
      'connect to the server directly, or let the pooler keep the settings of a session',
    );
  }
  if (on('log_bin') && value('binlog_format') === 'STATEMENT') {
    error(
      'the binary log records statements, which SKIP LOCKED makes ambiguous: replicas differ, and writes are refused',
      "SET GLOBAL binlog_format = 'ROW';",
    );
  }
  if (on('wsrep_on')) {
    warning(
      'Galera: two nodes grant the same lock, and one of them fails at its commit',
      'let every runner connect to one and the same node',
    );
  }
  const flush = value('innodb_flush_log_at_trx_commit') ?? '1';
  if (flush === '0') {
    error(
      'a crash of the server loses the last second of recorded results',
      'SET GLOBAL innodb_flush_log_at_trx_commit = 1;',
    );
  } else if (flush !== '1') {
    warning(
      'a power cut can lose the last second of recorded results',
      'SET GLOBAL innodb_flush_log_at_trx_commit = 1;',
    );
  }
  if (on('log_bin') && (value('sync_binlog') ?? '1') !== '1') {
    warning(
      'a power cut can lose the end of the binary log, and with it recorded results on replicas and after a recovery',
      'SET GLOBAL sync_binlog = 1;',
    );
  }
  return findings;
};

/** The name of the cipher that encrypts this connection. Empty: the connection is not encrypted. */
export const cipherOf = async (sql: Sql): Promise<string> => {
  const [row] = await sql.all("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
  return String(row?.[1] ?? '');
};

/** Findings about what an attacker on the network can do. */
export const wireFindings = ({ remote, verified }: Wire, cipher: string): readonly Finding[] => {
  if (!remote || (cipher !== '' && verified)) return [];
  const encrypted = cipher !== '';
  return [
    {
      severity: 'warning',
      message: encrypted
        ? 'the connection is encrypted, but the server is not authenticated: anybody in between can take its place'
        : 'the connection is not encrypted: everybody on the way can read and change what is sent',
      fix: encrypted
        ? 'remove database.ssl.rejectUnauthorized, and name the authority of the server in database.ssl.ca'
        : 'set database.ssl to true, or to the authority of the server: { "ca": "ca.pem" }',
    },
  ];
};

/** Whether the server is on another machine, and whether its certificate is checked. */
export interface Wire {
  readonly remote: boolean;
  readonly verified: boolean;
}
