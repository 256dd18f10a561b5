import { ExperimenterError } from '../../domain/errors.ts';
import type { Finding, Sql } from './sql.ts';

/** What the promise rests on: a server's settings by their names. */
export type ServerVariables = ReadonlyMap<string, string>;

const NAMES = [
  'version',
  'version_comment',
  'max_allowed_packet',
  'read_only',
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

/** Throws `DATABASE_UNSUPPORTED` for a server without SKIP LOCKED: claims would wait for each other, or deadlock. */
export const requireServer = (variables: ServerVariables, place: string): void => {
  // MariaDB 10 poses as 5.5.5 to clients that are older than its numbering.
  const version = (variables.get('version') ?? '').replace(/^5\.5\.5-/, '');
  const mariadb = /mariadb/i.test(version + (variables.get('version_comment') ?? ''));
  if (!older(version, mariadb ? [10, 6] : [8, 0, 1])) return;
  const needed = mariadb ? 'MariaDB 10.6' : 'MySQL 8.0.1';
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `${place}: server version ${version} is too old, at least ${needed} is needed: update the server`,
  );
};

export const serverFindings = (variables: ServerVariables): readonly Finding[] => {
  const is = (name: string, ...values: string[]) => values.includes(variables.get(name)?.toUpperCase() ?? '');
  const findings: Finding[] = [];
  if (is('read_only', 'ON', '1')) {
    findings.push({
      severity: 'error',
      message: 'the server is read-only',
      fix: 'connect to the primary server, not to a replica',
    });
  }
  if (is('log_bin', 'ON', '1') && is('binlog_format', 'STATEMENT')) {
    findings.push({
      severity: 'error',
      message: 'the binary log records statements, which SKIP LOCKED makes ambiguous',
      fix: "SET GLOBAL binlog_format = 'ROW';",
    });
  }
  if (is('wsrep_on', 'ON', '1')) {
    findings.push({
      severity: 'warning',
      message: 'Galera: two nodes can grant the same lock',
      fix: 'let every runner connect to one and the same node',
    });
  }
  if (variables.has('innodb_flush_log_at_trx_commit') && !is('innodb_flush_log_at_trx_commit', '1')) {
    findings.push({
      severity: 'warning',
      message: 'a power cut can lose the last second of recorded results',
      fix: 'SET GLOBAL innodb_flush_log_at_trx_commit = 1;',
    });
  }
  return findings;
};
