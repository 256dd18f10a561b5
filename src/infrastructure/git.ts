import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { workerEnvironment } from './workers/thread-start.ts';

/** How long git may take: in a huge repository the comparison does, and nobody should wait for it. */
const MOST_MILLISECONDS = 5_000;

/** The state of a repository; null: not to be known. */
export interface GitState {
  readonly commit: string | null;
  readonly dirty: boolean | null;
}

/**
 * The commit of the repository that a file (or directory) lies in, and whether anything in it differs from that commit.
 * Files that git does not know count only if it is this one. Changes nothing, and never rejects: there may be no git, no
 * repository, or no commit yet.
 */
export const gitState = async (path: string, isFile = true): Promise<GitState> => {
  const directory = isFile ? dirname(path) : path;
  const commit = await git(directory, 'rev-parse', '--verify', '--quiet', 'HEAD');
  if (commit === undefined) return { commit: null, dirty: null };
  const [changes, known] = await Promise.all([
    git(directory, 'status', '--porcelain', '--untracked-files=no'),
    isFile ? git(directory, 'ls-files', '--', path) : '.',
  ]);
  const dirty = changes === undefined || known === undefined ? null : changes !== '' || known === '';
  return { commit, dirty };
};

/** What it prints; undefined: it failed. */
const git = async (directory: string, ...args: readonly string[]): Promise<string | undefined> => {
  // Where git is told the repository by its environment, as in a hook, it is another one.
  const environment = Object.entries(workerEnvironment(process.env)).filter(([name]) => !name.startsWith('GIT_'));
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', directory, '-c', 'core.fsmonitor=false', ...args], {
      env: { ...Object.fromEntries(environment), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
      timeout: MOST_MILLISECONDS,
      maxBuffer: 64 * 1_048_576,
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
};
