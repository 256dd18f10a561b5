import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { workerEnvironment } from './child-start.ts';

/** Longest time for git: in a huge repository the comparison takes long, and no run waits for it. */
const MOST_MILLISECONDS = 5_000;

/** A commit. Null: there is no git, no repository or no commit yet. `refused`: why git refuses to read the repository. */
export type GitCommit =
  | { readonly commit: string | null; readonly refused?: undefined }
  | { readonly commit: null; readonly refused: string };

/** The state of a repository; null: unknown. */
export type GitState = GitCommit & { readonly dirty: boolean | null };

/**
 * The commit of the repository that contains this directory. The git commands used here execute nothing that the
 * repository configures, so that reading a study executes nothing. Changes nothing. Never rejects.
 */
export const gitCommit = async (directory: string): Promise<GitCommit> => {
  const { stdout, stderr, code } = await git(directory, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  if (code === 0) return { commit: stdout.trim() };
  // No program, no commit, no repository; everything else is a refusal.
  if (code === 'ENOENT' || (stderr === '' && code === 1) || /not a git repository|cannot change to/.test(stderr))
    return { commit: null };
  return { commit: null, refused: refusalOf(stderr, code) };
};

/**
 * The same for a file (or directory), and whether anything in its repository differs from that commit. Files that git does
 * not know count only if it is this one. Call it only before the file is executed: the comparison reads every file, and
 * there git would execute filters and monitors of the repository's configuration. They are switched off.
 */
export const gitState = async (path: string, isFile = true): Promise<GitState> => {
  const directory = isFile ? dirname(path) : path;
  const head = await gitCommit(directory);
  if (head.commit === null) return { ...head, dirty: null };
  const harmless = await withoutFilters(directory);
  if (!harmless) return { ...head, dirty: null };
  const [changes, known] = await Promise.all([
    // A submodule's own filters would be executed if its files were compared, too.
    git(directory, [...harmless, 'status', '--porcelain', '--untracked-files=no', '--ignore-submodules=dirty']),
    isFile ? git(directory, ['ls-files', '--', path]) : undefined,
  ]);
  if (changes.code !== 0 || (known && known.code !== 0)) return { ...head, dirty: null };
  return { ...head, dirty: changes.stdout !== '' || known?.stdout === '' };
};

/** What a user can do about a refusal. */
export const refusalText = (refused: string): string => {
  const [, owned] = /dubious ownership in repository at '(.+)'/.exec(refused) ?? [];
  const way = owned === undefined ? '' : `; if you trust it: git config --global --add safe.directory '${owned}'`;
  return `the git commit is not known, git refuses to tell it: ${refused}${way}`;
};

const refusalOf = (stderr: string, code: number | string): string =>
  stderr.split('\n', 1)[0]?.replace(/^fatal: /, '') || `it failed (${code})`;

/** Options that switch off the filters of the repository's own configuration; the user's own stay. */
const withoutFilters = async (directory: string): Promise<readonly string[] | undefined> => {
  const names = ['config', '--includes', '--show-scope', '--name-only', '-z', '--get-regexp', '^filter\\.'];
  const { stdout, code } = await git(directory, names);
  if (code === 1) return []; // there are none
  if (code !== 0) return undefined;
  const words = stdout.split('\0');
  const own = words.filter((_, at) => at % 2 === 1 && /^(local|worktree)$/.test(words[at - 1] ?? ''));
  // A name with = in it cannot be given on a command line.
  return own.some((name) => name.includes('=')) ? undefined : own.flatMap((name) => ['-c', `${name}=`]);
};

/** Git's variables that say where it searches. Those that name a repository, which a hook sets, are left out. */
const KEPT = /^(?!GIT_)|^GIT_(CONFIG|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)/;

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  /** 0: all is well. */
  readonly code: number | string;
}

const git = async (directory: string, args: readonly string[]): Promise<Answer> => {
  const environment = Object.entries(workerEnvironment(process.env)).filter(([name]) => KEPT.test(name));
  const options = {
    env: {
      ...Object.fromEntries(environment),
      LC_ALL: 'C',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      // What a partial clone lacks is not fetched.
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
    },
    timeout: MOST_MILLISECONDS,
    maxBuffer: 64 * 1_048_576,
  };
  const never = ['-C', directory, '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
  return new Promise((resolve) => {
    execFile('git', [...never, ...args], options, (error, stdout, stderr) =>
      resolve({ stdout, stderr: stderr.trim(), code: error ? (error.code ?? error.signal ?? 'no answer') : 0 }),
    );
  });
};
