import { constants } from 'node:os';
import { type ErrorCode, ExperimenterError } from '../../../domain/errors.ts';

/** What a user can do about an error of the operating system, by the error's name. */
const remedies: Readonly<Record<string, readonly [code: ErrorCode, what: string, remedy: string]>> = {
  EACCES: ['USAGE', 'this user has no permission', 'give the right to this user, or name another place'],
  EPERM: ['USAGE', 'this user has no permission', 'give the right to this user, or name another place'],
  EROFS: ['USAGE', 'the file system is read-only', 'name a place that can be written'],
  ENOENT: ['USAGE', 'there is no such file or directory', 'create it, or name another one'],
  ENOTDIR: ['USAGE', 'a part of the path is a file, and no directory', 'name another path'],
  EISDIR: ['USAGE', 'it is a directory', 'name a file in it'],
  EEXIST: ['USAGE', 'it exists already', 'remove it, or name another one'],
  ENOTEMPTY: ['USAGE', 'the directory is not empty', 'name another one'],
  ENAMETOOLONG: ['USAGE', 'the name is too long', 'name a shorter one'],
  ELOOP: ['USAGE', 'symbolic links lead in a circle', 'name the file itself'],
  EINVAL: ['USAGE', 'the system cannot do this there', 'name another place'],
  ENOTSUP: ['USAGE', 'the file system cannot do this', 'name a place on another one'],
  EXDEV: ['USAGE', 'it lies on another file system', 'name a place on the same one'],
  EBUSY: ['USAGE', 'another program uses it', 'wait until it has ended, or name another place'],
  ETXTBSY: ['USAGE', 'it is a program that runs', 'wait until it has ended, or name another place'],
  EADDRINUSE: ['USAGE', 'another program uses the port', 'name another port'],
  ENXIO: ['USAGE', 'the device or socket does not answer', 'name another place'],
  ENODEV: ['USAGE', 'there is no such device', 'name another place'],
  EIO: ['USAGE', 'the disk or device failed', "look into the system's log (dmesg), or name another place"],
  ESTALE: ['USAGE', 'the network file system has lost the file', 'mount it again, or name another place'],
  ENOSPC: ['LIMIT_REACHED', 'no space is left', 'free some space, or name another place'],
  EDQUOT: ['LIMIT_REACHED', "this user's disk quota is used up", 'free some space, or name another place'],
  EFBIG: ['LIMIT_REACHED', 'the file may not grow further', 'raise the limit (ulimit -f), or name another file system'],
  EMFILE: ['LIMIT_REACHED', 'this process may open no more files', 'raise the limit (ulimit -n)'],
  ENFILE: ['LIMIT_REACHED', 'the system can open no more files', 'end other programs, or raise fs.file-max'],
  ENOMEM: [
    'LIMIT_REACHED',
    'the system has no memory left for this',
    'end other programs, or raise the limit (ulimit -v)',
  ],
  EAGAIN: [
    'LIMIT_REACHED',
    'no more threads or processes may be started',
    'end other programs, or raise the limit (ulimit -u)',
  ],
};

interface SystemError extends Error {
  readonly code: string;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly dest?: string;
}

/**
 * An error of the operating system as an error with advice. Undefined if it is another error, or not caused by the
 * user.
 */
export const systemFailure = (error: unknown): ExperimenterError | undefined => {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code, errno, syscall, path, dest, message } = error as SystemError;
  if (code === 'ERR_WORKER_INIT_FAILED' || code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = /\b(E[A-Z]+)$/.exec(message)?.[1] ?? 'ENOMEM';
    return failure(limit, 'a thread cannot be started', error);
  }
  // Node's message if it cannot read a package or load a native one.
  if (/too many open files/i.test(message) && typeof syscall !== 'string')
    return failure('EMFILE', 'a package cannot be read', error);
  if (syscall === 'uv_cwd')
    return new ExperimenterError(
      'USAGE',
      'the working directory was removed (ENOENT): change to a directory that is there, and start again',
      { cause: error },
    );
  if (typeof syscall !== 'string') return undefined;
  const place = [path, dest].filter((each) => typeof each === 'string').join(' → ');
  return failure(nameless.get(errno ?? 0) ?? code, place === '' ? `${syscall} failed` : place, error);
};

/** Node does not name these errors. */
const nameless = new Map([
  [-constants.errno.EDQUOT, 'EDQUOT'],
  [-constants.errno.ESTALE, 'ESTALE'],
]);

const failure = (name: string, place: string, cause: Error): ExperimenterError | undefined => {
  const known = Object.hasOwn(remedies, name) ? remedies[name] : undefined;
  if (!known) return undefined;
  const [code, what, remedy] = known;
  return new ExperimenterError(code, `${place}: ${what} (${name}); ${remedy}`, { cause });
};
