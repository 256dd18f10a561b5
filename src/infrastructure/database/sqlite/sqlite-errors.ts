import { ExperimenterError } from '../../../domain/errors.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Another connection is writing. */
export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** The file, or a file that SQLite needs beside it, cannot be opened. */
export const isUnopened = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_CANTOPEN');

/** A read-only connection has found work for a writer: a journal to roll back, or an index of the log to create. */
export const needsWriter = (error: unknown): boolean =>
  isUnopened(error) || codeOf(error).startsWith('SQLITE_READONLY_');

/** The database's message, if it refused a value. */
export const refusal = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const refused =
    /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(codeOf(error)) ||
    error instanceof RangeError ||
    error.message.startsWith('SQLite3 can only bind');
  return refused ? error.message : undefined;
};

/** The error as an `ExperimenterError`, where it has a meaning for users. Otherwise the error itself. */
export const translated = (error: unknown, file: string): unknown => {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const because = { cause: error };
  if (/^SQLITE_(IOERR|CANTOPEN|PROTOCOL)/.test(code)) {
    const remedy = isUnopened(error)
      ? 'name a file in a directory that is there and that this user may write to'
      : "look into the system's log (dmesg), or name a file on another disk";
    return new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file} cannot be read or written: ${message}; ${remedy}`,
      because,
    );
  }
  if (code.startsWith('SQLITE_FULL')) {
    return new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file} cannot grow: the disk is full; free some space`,
      because,
    );
  }
  if (/^SQLITE_(READONLY(_DBMOVED|_DIRECTORY)?|PERM|AUTH)$/.test(code)) {
    return new ExperimenterError(
      'DATABASE_UNSUPPORTED',
      `${file} cannot be written: make the file and its directory writable`,
      because,
    );
  }
  if (code.startsWith('SQLITE_READONLY')) {
    // A journal to roll back, or an index of the log to create: another connection may do it.
    return new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file} cannot be written: ${message}; make the file and its directory writable`,
      because,
    );
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new ExperimenterError(
      'DATABASE_UNSUPPORTED',
      `${file}: ${message}; restore it, or name another file`,
      because,
    );
  }
  // SQLITE_ERROR, MISUSE and RANGE that remain are defects of this project. The caller handles errors about values.
  if (code.startsWith('SQLITE_') && !/^SQLITE_(ERROR|MISUSE|RANGE|CONSTRAINT|TOOBIG|MISMATCH)/.test(code)) {
    return new ExperimenterError('DATABASE_UNREACHABLE', `${file} cannot be used now: ${message}`, because);
  }
  if (message.startsWith('unsafe use of')) {
    return new ExperimenterError(
      'DATABASE_UNSUPPORTED',
      `${file}: its schema calls a function that a file must not call (${message}); nothing was executed: ask where the file comes from`,
      because,
    );
  }
  if (/^(Expression tree is too large|too many (columns|SQL variables|terms)|parser stack overflow)/.test(message)) {
    return new ExperimenterError(
      'USAGE',
      `${file}: SQLite refuses so much at once (${message}); select less, or declare fewer fields`,
      because,
    );
  }
  if (/^there is already an? (index|table|view|trigger) named/.test(message)) {
    return new ExperimenterError(
      'SCHEMA_MISMATCH',
      `${file}: ${message}; choose another table name in the configuration, or rename that one`,
      because,
    );
  }
  if (/^no such (table|column|index)/.test(message)) {
    return new ExperimenterError(
      'SCHEMA_MISMATCH',
      `${file}: ${message}; "ts-experimenter fill" creates what is missing`,
      because,
    );
  }
  return error;
};
