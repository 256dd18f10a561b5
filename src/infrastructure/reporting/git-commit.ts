import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The commit of the working directory, `1f2e3d4c5b6a`, with ` (modified)` if tracked files differ from it. Undefined where
 * there is no repository, no commit or no git.
 */
export const gitCommit = async (): Promise<string | undefined> => {
  try {
    const commit = await git('rev-parse', '--short=12', 'HEAD');
    const changes = await git('status', '--porcelain', '--untracked-files=no');
    return commit + (changes === '' ? '' : ' (modified)');
  } catch {
    return undefined; // a caption without it is still a caption
  }
};

/** A repository's own settings could name a program to be run for its status. */
const settings = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks'];

const git = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', [...settings, ...args], { timeout: 10_000 });
  return stdout.trim();
};
