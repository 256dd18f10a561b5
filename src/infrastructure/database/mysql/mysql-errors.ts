import { ExperimenterError } from '../../../domain/errors.ts';
import { tlsProblem } from './tls.ts';

/** The server in error texts. It never contains a password. */
export interface MysqlPlace {
  /** `user@host:port`, or the socket. */
  readonly text: string;
  readonly user: string;
  readonly database: string;
  /** The server is on another machine, reached over a network. */
  readonly remote: boolean;
  /** The server's certificate is checked. */
  readonly verified: boolean;
  /** What the client offers the server: no encryption, encryption, or encryption with a client certificate. */
  readonly tls: 'none' | 'encrypted' | 'certified';
}

interface MysqlError extends Error {
  readonly errno?: number;
  readonly code?: string;
  readonly fatal?: boolean;
}
const asMysql = (error: unknown): MysqlError | undefined => (error instanceof Error ? error : undefined);
const numberOf = (error: unknown): number => asMysql(error)?.errno ?? 0;

/** Deadlock, lock wait timeout, or a record or table changed since it was read. The transaction can be repeated. */
export const isContention = (error: unknown): boolean => [1213, 1205, 1020, 1412].includes(numberOf(error));

/** No table has this name, or no table can have it. No other answer of a server proves that a table is absent. */
export const isNoTable = (error: unknown): boolean => [1146, 1059, 1103].includes(numberOf(error));

/** The errors of a statement about tables while other sessions create, rename or drop these tables. */
export const isDefinitionRace = (error: unknown): boolean =>
  [1005, 1050, 1051, 1060, 1061, 1091, 1146, 1824].includes(numberOf(error));

/**
 * The server shuts down, was killed, is read-only after a failover, has too many connections, or has no disk space. Or
 * it no longer knows its prepared statements (1243), or cannot update them (1615). A new connection prepares them
 * again.
 */
const AWAY = new Set([
  1021, 1040, 1047, 1053, 1077, 1079, 1114, 1152, 1158, 1159, 1160, 1161, 1203, 1243, 1290, 1317, 1615, 1792, 1836,
  1927, 1969, 2006, 2013, 3024, 4031,
]);
const AWAY_CODE =
  /^(PROTOCOL_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|ENOENT|EACCES|ERR_(SOCKET|STREAM|SSL|TLS))/;

/** The connection is broken, or the next answer on it is unpredictable. It must not be used again. */
export const isAway = (error: unknown): boolean => {
  const found = asMysql(error);
  if (!found || isRefusal(error)) return false;
  return (
    AWAY.has(found.errno ?? 0) ||
    AWAY_CODE.test(found.code ?? '') ||
    /closed state|Connection is closed/.test(found.message)
  );
};

/** Too long, out of range, wrong form, duplicate, violated check, no parent row, invalid JSON, packet too large. */
const REFUSED = new Set([
  1048, 1062, 1118, 1153, 1264, 1265, 1292, 1300, 1366, 1367, 1406, 1411, 1441, 1452, 1690, 3140, 3141, 3143, 3156,
  3157, 3158, 3819, 3854, 3988, 4025,
]);
const isRefusal = (error: unknown): boolean => REFUSED.has(numberOf(error)) || error instanceof RowTooLarge;

/**
 * Errors that another try cannot remove. The database, table, column or index does not exist. The user lacks a right.
 * The server does not understand the statement, or does not allow the setting. All other errors of a server are
 * temporary: its limits, memory and disks, a locked account, a blocked host.
 */
const PERMANENT = new Set([
  1044, 1049, 1051, 1052, 1054, 1061, 1064, 1065, 1072, 1091, 1109, 1115, 1128, 1136, 1142, 1143, 1146, 1149, 1176,
  1193, 1210, 1227, 1231, 1232, 1235, 1273, 1295, 1305, 1318, 1347, 1356, 1370, 1568, 1582, 1665,
]);

/** Another try may succeed. A violated check of the client, such as a wrong argument, is not an answer of a server. */
const mayPass = (error: unknown): boolean => {
  const found = asMysql(error);
  if (!found || isRefusal(error)) return false;
  if (isAway(error)) return true;
  if (found.errno !== undefined && found.errno > 0) return !PERMANENT.has(found.errno);
  return found.code !== undefined && !found.code.startsWith('ERR_'); // an error of the system, not of Node's own checks
};

/** The server's error message, if it refused a value. */
export const refusal = (error: unknown): string | undefined =>
  isRefusal(error) ? (error as Error).message : undefined;

/** No answer in time. The connection is destroyed: a late answer would be read as the one to the next statement. */
export class StatementTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(seconds: number) {
    super(`no answer within ${seconds} s`);
    this.name = 'StatementTimeout';
  }
}

/** A row so large that the server would close the connection instead of answering. */
export class RowTooLarge extends Error {
  constructor(bytes: number, allowed: number) {
    super(`${bytes} bytes are more than the server's max_allowed_packet of ${allowed}: raise it, or store less`);
    this.name = 'RowTooLarge';
  }
}

/** Another possible reason of a refusal, which the server does not name. */
const orElse = {
  none: ', or set database.ssl if the server takes encrypted connections only',
  encrypted: ', or name a client certificate in database.ssl.cert and key if this user needs one',
  certified: '',
};

/** What the user should check when no connection is made, or when connections break. */
const remedyOf = (error: unknown): string => {
  const { code = '', message = '' } = asMysql(error) ?? {};
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return '; nothing listens there: start the server, or check database.host, port and socketPath';
  if (/^(ENOTFOUND|EAI_)/.test(code)) return '; check database.host, and whether this machine has a network';
  if (code.startsWith('PROTOCOL_') || /closed state|Connection is closed/.test(message))
    return '; look into the log of the server, and check that database.port is that of a MySQL or MariaDB server';
  return '';
};

/**
 * All rights that filling and running a study need, as docs/security.md states. CREATE TEMPORARY TABLES is for the
 * table in which a fill compares combinations.
 */
const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES, CREATE TEMPORARY TABLES';

/** Translates an error into an error of this project, if it has a meaning for users. */
export const translated = (error: unknown, place: MysqlPlace): unknown => {
  if (error instanceof ExperimenterError) return error;
  const message = asMysql(error)?.message ?? String(error);
  const because = { cause: error };
  const user = `'${place.user}'`;
  const tls = asMysql(error) && tlsProblem(asMysql(error) as MysqlError);
  if (tls !== undefined) return new ExperimenterError('DATABASE_UNREACHABLE', `${place.text}: ${tls}`, because);
  switch (numberOf(error)) {
    case 1045: // wrong password, or no such user
    case 1698:
      return new ExperimenterError(
        'DATABASE_UNREACHABLE',
        `${place.text}: the server refused user ${user}; check user name and password${orElse[place.tls]}`,
        because,
      );
    case 3159:
      return new ExperimenterError(
        'DATABASE_UNREACHABLE',
        `${place.text}: the server takes encrypted connections only: set database.ssl`,
        because,
      );
    case 1049:
      return new ExperimenterError(
        'DATABASE_UNSUPPORTED',
        `${place.text}: there is no database ${place.database}; create it with: CREATE DATABASE \`${place.database}\` CHARACTER SET utf8mb4;`,
        because,
      );
    case 1044:
    case 1142:
    case 1143:
    case 1227:
      return new ExperimenterError(
        'DATABASE_UNSUPPORTED',
        `${place.text}: ${message}; an administrator can allow it with: GRANT ${RIGHTS} ON \`${place.database}\`.* TO ${user}@'%';`,
        because,
      );
    case 1146:
      return new ExperimenterError(
        'SCHEMA_MISMATCH',
        `${place.text}: ${message}; if another program is renaming it, start again when it has its name back; ` +
          '"ts-experimenter fill" creates what is missing',
        because,
      );
    case 1054:
    case 1176:
      return new ExperimenterError(
        'SCHEMA_MISMATCH',
        `${place.text}: ${message}; "ts-experimenter fill" creates what is missing`,
        because,
      );
    case 1451:
    case 3730:
      return new ExperimenterError(
        'STATE_CONFLICT',
        `${place.text}: ${message}; that table is not one of the study's: drop it, or its foreign key, first`,
        because,
      );
    case 1932:
      return new ExperimenterError('DATABASE_UNSUPPORTED', `${place.text}: ${message}; the table is damaged`, because);
    case 1665: // READ COMMITTED with a statement-based binary log
      return new ExperimenterError(
        'DATABASE_UNSUPPORTED',
        `${place.text}: ${message}; an administrator can change it with: SET GLOBAL binlog_format = 'ROW';`,
        because,
      );
    case 1117: // too many columns
    case 1118: // row size too large
      return new ExperimenterError(
        'STUDY_INVALID',
        `${place.text}: ${message}; declare fewer fields, shorter VARCHARs, or one field of type JSON for many values`,
        because,
      );
    case 1390: // too many placeholders
    case 1436: // thread stack overrun
      return new ExperimenterError(
        'USAGE',
        `${place.text}: ${message}; select less at once, or declare fewer fields`,
        because,
      );
    case 1109: // a database of the server itself, such as information_schema
      return new ExperimenterError(
        'DATABASE_UNSUPPORTED',
        `${place.text}: ${message}; name a database of your own in database.name`,
        because,
      );
    case 1193: // unknown variable
    case 1231: // a value that the variable does not accept
    case 1232:
      return new ExperimenterError(
        'DATABASE_UNSUPPORTED',
        `${place.text}: ${message}; connect to a MySQL or MariaDB server itself, not to a program in between`,
        because,
      );
    case 1347: // a view instead of a table
    case 1356:
      return new ExperimenterError(
        'SCHEMA_MISMATCH',
        `${place.text}: ${message}; choose another table name in the configuration, or drop the view`,
        because,
      );
    case 1461:
      return new ExperimenterError(
        'DATABASE_UNREACHABLE',
        `${place.text}: ${message}; raise max_prepared_stmt_count on the server`,
        because,
      );
    default: {
      // MariaDB's text for too many columns. Its error number stands for many other reasons, too.
      if (/\(errno: 185 /.test(message)) return translated(Object.assign(new Error(message), { errno: 1117 }), place);
      if (!mayPass(error)) return error;
      const what = isContention(error)
        ? `: other connections hold the rows or tables for too long (${message}); SHOW FULL PROCESSLIST names them`
        : ` ${isAway(error) ? 'cannot be reached' : 'cannot do this now'}: ${message}${remedyOf(error)}`;
      return new ExperimenterError('DATABASE_UNREACHABLE', place.text + what, because);
    }
  }
};
