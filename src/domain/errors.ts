/**
 * Every failure that a user can see has one of these codes. A code never changes its meaning.
 * `instanceof` does not survive a thread or a process, a code does.
 */
export type ErrorCode =
  | 'USAGE' // a wrong flag or argument
  | 'CONFIG_INVALID' // a wrong configuration or credentials file
  | 'STUDY_INVALID' // a name, a type or a grid that no study can have
  | 'MODULE_INVALID' // the experiment function cannot be loaded
  | 'FIELD_UNKNOWN' // a result, log or filter field that the study does not have
  | 'VALUE_REFUSED' // a value its column cannot hold unchanged
  | 'DATABASE_UNREACHABLE' // no connection, or the database cannot do it now: a later try may succeed
  | 'DATABASE_UNSUPPORTED' // the promise cannot be kept: version, privileges, file system, or another key of the SSH host
  | 'SCHEMA_MISMATCH' // the tables are those of another study
  | 'NOT_FOUND' // no such experiment
  | 'STATE_CONFLICT' // the experiment is not in a status that allows this
  | 'ATTEMPT_LOST' // the lease of an execution is gone: nothing of it may be written any more
  | 'LIMIT_REACHED' // the operating system allows this process no more threads, processes or files
  | 'CONFIRMATION_NEEDED'; // something would be lost, and the user has not confirmed it

/** The one error class of ts-experimenter: what went wrong, where, and what to do next. */
export class ExperimenterError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ExperimenterError';
    this.code = code;
  }
}

/** Whether something thrown is an error of ours with this code. It may come from another realm. */
export const hasCode = (error: unknown, code: ErrorCode): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
