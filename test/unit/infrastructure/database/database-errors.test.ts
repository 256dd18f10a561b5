import { expect, it } from 'vitest';
import type { MysqlPlace } from '../../../../src/infrastructure/database/mysql/mysql-errors.ts';
import { isAway, translated as ofMysql } from '../../../../src/infrastructure/database/mysql/mysql-errors.ts';
import { translated as ofSqlite } from '../../../../src/infrastructure/database/sqlite/sqlite-errors.ts';

const place: MysqlPlace = {
  text: 'u@h:3306',
  user: 'u',
  database: 'd',
  remote: false,
  verified: false,
  tls: 'none',
};
const answer = (errno: number) => Object.assign(new Error('the server says so'), { errno, code: 'ER_X' });
const passes = expect.objectContaining({
  code: 'DATABASE_UNREACHABLE',
  message: expect.stringContaining('the server says so'),
});

it.each([
  [3, 'it cannot write a temporary file'],
  [1030, 'its storage engine says no'],
  [1037, 'out of memory'],
  [1129, 'the host is blocked'],
  [1205, 'a lock wait timeout'],
  [1213, 'a deadlock'],
  [1226, 'max_user_connections'],
  [1461, 'max_prepared_stmt_count'],
  [1615, 'a statement to prepare again'],
  [3118, 'the account is locked (MySQL)'],
  [4151, 'the account is locked (MariaDB)'],
  [4999, 'an error that is not known here'],
])('error %i of a server may pass: %s', (errno) => {
  expect(ofMysql(answer(errno), place)).toEqual(passes);
});

it.each([
  [1044, 'DATABASE_UNSUPPORTED'],
  [1049, 'DATABASE_UNSUPPORTED'],
  [1142, 'DATABASE_UNSUPPORTED'],
  [1143, 'DATABASE_UNSUPPORTED'],
  [1054, 'SCHEMA_MISMATCH'],
  [1146, 'SCHEMA_MISMATCH'],
  [1064, 'ER_X'],
  [1366, 'ER_X'], // a value that is refused
])('error %i of a server does not pass', (errno, code) => {
  expect(ofMysql(answer(errno), place)).toMatchObject({ code });
});

it('statements that the server has lost or cannot bring up to date are prepared again on a new connection', () => {
  expect([1243, 1615, 1226].map((errno) => isAway(answer(errno)))).toEqual([true, true, false]);
});

it('a mistake of ours is no outage of the server', () => {
  const mistakes = [
    new TypeError('x is undefined'),
    new Error('used after its transaction has ended'),
    Object.assign(new TypeError('wrong argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ];
  for (const mistake of mistakes) expect(ofMysql(mistake, place)).toBe(mistake);
  for (const mistake of mistakes) expect(ofSqlite(mistake, 'f')).toBe(mistake);
});

it('too many open files here may pass, too', () => {
  const error = Object.assign(new Error('the server says so'), { errno: -24, code: 'EMFILE' });
  expect(ofMysql(error, place)).toEqual(passes);
});

it.each([
  ['SQLITE_IOERR_WRITE', 'DATABASE_UNREACHABLE'],
  ['SQLITE_FULL', 'DATABASE_UNREACHABLE'],
  ['SQLITE_NOMEM', 'DATABASE_UNREACHABLE'],
  ['SQLITE_LOCKED_SHAREDCACHE', 'DATABASE_UNREACHABLE'],
  ['SQLITE_READONLY_RECOVERY', 'DATABASE_UNREACHABLE'],
  ['SQLITE_SCHEMA', 'DATABASE_UNREACHABLE'],
  ['SQLITE_UNHEARD_OF', 'DATABASE_UNREACHABLE'],
  ['SQLITE_CORRUPT', 'DATABASE_UNSUPPORTED'],
  ['SQLITE_NOTADB', 'DATABASE_UNSUPPORTED'],
  ['SQLITE_READONLY', 'DATABASE_UNSUPPORTED'],
  ['SQLITE_ERROR', 'SQLITE_ERROR'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_UNIQUE'],
])('%s of SQLite is %s', (code, expected) => {
  expect(ofSqlite(Object.assign(new Error('it says so'), { code }), 'f')).toMatchObject({ code: expected });
});

it('a table that SQLite does not find is a mismatch', () => {
  const error = Object.assign(new Error('no such table: t'), { code: 'SQLITE_ERROR' });
  expect(ofSqlite(error, 'f')).toMatchObject({ code: 'SCHEMA_MISMATCH' });
});
