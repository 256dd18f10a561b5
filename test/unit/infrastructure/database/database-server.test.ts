import { expect, it } from 'vitest';
import { requireServer, serverFindings } from '../../../../src/infrastructure/database/mysql/mysql-server.ts';
import { isType } from '../../../../src/infrastructure/database/schema/found-type.ts';

const server = (version: string, rest: Record<string, string> = {}) => new Map(Object.entries({ version, ...rest }));

it.each([
  '8.0.4',
  '8.0.36-28',
  '8.4.2',
  '9.7.4-2',
  '10.6.0-MariaDB',
  '5.5.5-10.11.19-MariaDB-0+deb12u1',
  '11.4.2-MariaDB-log',
])('takes server %s', (version) => {
  expect(() => requireServer(server(version), 'here')).not.toThrow();
});

it.each([
  ['5.7.44', 'MySQL 8.0.4'],
  ['8.0.3', 'MySQL 8.0.4'],
  ['10.5.29-MariaDB', 'MariaDB 10.6'],
  ['5.5.5-10.3.39-MariaDB', 'MariaDB 10.6'],
])('refuses server %s: at least %s', (version, needed) => {
  expect(() => requireServer(server(version), 'here')).toThrow(
    expect.objectContaining({ code: 'DATABASE_UNSUPPORTED', message: expect.stringContaining(needed) }),
  );
});

it('finds what weakens the promise', () => {
  const messages = (rest: Record<string, string>) =>
    serverFindings(server('8.4.0', rest)).map(({ severity, message }) => `${severity}: ${message}`);
  expect(
    messages({
      read_only: 'OFF',
      log_bin: 'ON',
      binlog_format: 'ROW',
      innodb_flush_log_at_trx_commit: '1',
      wsrep_on: 'OFF',
    }),
  ).toEqual([]);
  expect(messages({ log_bin: 'OFF', binlog_format: 'STATEMENT' })).toEqual([]);
  expect(messages({ read_only: 'ON' })).toEqual([expect.stringMatching(/^error: .*read-only/)]);
  expect(messages({ log_bin: 'ON', binlog_format: 'STATEMENT' })).toEqual([
    expect.stringMatching(/^error: .*binary log/),
  ]);
  expect(messages({ innodb_flush_log_at_trx_commit: '2' })).toEqual([expect.stringMatching(/^warning: .*power cut/)]);
  expect(messages({ wsrep_on: 'ON' })).toEqual([expect.stringMatching(/^warning: Galera/)]);
});

it.each([
  ['int(11)', 'INT'],
  ['int', 'INTEGER'],
  ['bigint(20) unsigned', 'BIGINT UNSIGNED'],
  ['tinyint(1)', 'BOOLEAN'],
  ['double', 'REAL'],
  ['float', 'FLOAT(53)'],
  ['longtext', 'JSON'],
  ['varchar(255)', 'VARCHAR(255)'],
  ['decimal(10,0)', 'NUMERIC(10,0)'],
  ['datetime(3)', 'DATETIME(3)'],
])('takes %s for %s', (found, expected) => {
  expect(isType(found, expected)).toBe(true);
});

it.each([
  ['int(11)', 'BIGINT'],
  ['int(10) unsigned', 'INT'],
  ['varchar(255)', 'VARCHAR(50)'],
  ['varchar(10)', 'CHAR(10)'],
  ['text', 'LONGTEXT'],
  ['longtext', 'VARCHAR(255)'],
  ['decimal(10,2)', 'DECIMAL(10,3)'],
  ['datetime', 'DATETIME(3)'],
  ['datetime', 'TIMESTAMP'],
  ['str', 'VARCHAR(255)'],
  ['double', 'INT'],
])('does not take %s for %s', (found, expected) => {
  expect(isType(found, expected)).toBe(false);
});
