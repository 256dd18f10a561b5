import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const SIGHUP_BIT = 1n;
const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;

/**
 * Whether this process was started with SIGHUP ignored, as `nohup` and `trap '' HUP` do. Node resets ignored signals to
 * their default before any JavaScript runs, so the disposition itself cannot be read. These signs are left:
 *
 * - the shell writes the name of the program that it started to the variable `_`, and `nohup` does not change it;
 * - `nohup` on a terminal replaces standard input by a /dev/null that can only be written;
 * - the children of a process that ignores SIGHUP ignore it, too.
 */
const startedIgnoring = (): boolean => {
  if (process.platform !== 'linux') return false;
  return basename(process.env['_'] ?? '') === 'nohup' || hasInputOfNohup() || parentIgnores();
};

const hasInputOfNohup = (): boolean => {
  try {
    const [, flags = ''] = /^flags:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8')) ?? [];
    return readlinkSync('/proc/self/fd/0') === '/dev/null' && (Number.parseInt(flags, 8) & ACCESS_MODE) === WRITE_ONLY;
  } catch {
    return false; // no standard input, or no /proc
  }
};

const parentIgnores = (): boolean => {
  // In a container the parent may be the init process, whose children ignore nothing.
  if (process.ppid <= 1) return false;
  try {
    const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
  } catch {
    return false; // the parent has ended, or is hidden from this user
  }
};

/** Read at the start, because the parent may end at any time. */
const ignored = startedIgnoring();

export const hangupIgnored = (): boolean => ignored;

/** Keeps SIGHUP ignored if it was. Without a listener Node would end. */
export const surviveHangup = (): void => {
  if (ignored) process.on('SIGHUP', () => {});
};
