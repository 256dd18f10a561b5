import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const SIGHUP_BIT = 1n;
const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;

/**
 * Whether this process was started with SIGHUP ignored, as `nohup` and `trap '' HUP` do. Node sets ignored signals back to
 * their default before any JavaScript runs, so the disposition itself cannot be read any more. What is left to see:
 *
 * - the shell names the program that it started in the variable `_`, and `nohup` leaves that as it is;
 * - `nohup` on a terminal replaces standard input by a /dev/null that can only be written;
 * - a parent that ignores SIGHUP itself hands that on to what it starts.
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
  // in a container the parent may be the init process, which ignores what it likes and hands nothing on
  if (process.ppid <= 1) return false;
  try {
    const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
  } catch {
    return false; // the parent has gone, or is hidden from us
  }
};

/** Read at the start: the parent may go at any time. */
const ignored = startedIgnoring();

export const hangupIgnored = (): boolean => ignored;

/** Goes on ignoring SIGHUP: Node's own answer to it is to end. */
export const surviveHangup = (): void => {
  if (ignored) process.on('SIGHUP', () => {});
};
