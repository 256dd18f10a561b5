import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gitState } from '../../src/infrastructure/git.ts';
import { runnerFacts } from '../../src/infrastructure/runner-facts.ts';
import { temporaryDirectory } from '../support/databases.ts';

const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** A repository with one commit, and the module that is in it. */
const repository = (): { readonly directory: string; readonly module: string; readonly commit: string } => {
  const directory = join(temporaryDirectory(), 'it is -here');
  mkdirSync(join(directory, 'src'), { recursive: true });
  const module = join(directory, 'src', '-experiment.ts');
  writeFileSync(module, 'export default () => {};');
  git(directory, 'init', '-q');
  git(directory, 'add', '.');
  git(directory, 'commit', '-q', '-m', 'first');
  return { directory, module, commit: git(directory, 'rev-parse', 'HEAD') };
};

afterEach(() => vi.unstubAllEnvs());

describe('the commit of an experiment', () => {
  it('is its repository’s, clean or not', async () => {
    const { directory, module, commit } = repository();
    expect(await gitState(module)).toEqual({ commit, dirty: false });
    expect(await gitState(directory, false)).toEqual({ commit, dirty: false });
    writeFileSync(join(directory, 'results.sqlite'), ''); // what a run makes changes nothing
    expect(await gitState(module)).toEqual({ commit, dirty: false });
    const other = join(directory, 'src', 'other.ts');
    writeFileSync(other, '');
    expect(await gitState(other)).toEqual({ commit, dirty: true }); // unknown to git
    writeFileSync(module, 'export default () => ({ changed: true });');
    expect(await gitState(module)).toEqual({ commit, dirty: true });
    git(directory, 'add', module);
    expect(await gitState(module)).toEqual({ commit, dirty: true });
  });

  it('is not taken from the repository that the environment names, and the index is not touched', async () => {
    const [one, other] = [repository(), repository()];
    writeFileSync(other.module, 'changed');
    vi.stubEnv('GIT_DIR', join(other.directory, '.git'));
    vi.stubEnv('GIT_WORK_TREE', other.directory);
    const index = readFileSync(join(one.directory, '.git', 'index'));
    expect(await gitState(one.module)).toEqual({ commit: one.commit, dirty: false });
    expect(readFileSync(join(one.directory, '.git', 'index')).equals(index)).toBe(true);
  });

  it('runs nothing that the repository would have watch its files', async () => {
    const { directory, module, commit } = repository();
    const trace = join(directory, 'trace');
    git(directory, 'config', 'core.fsmonitor', `touch '${trace}'; false`);
    expect(await gitState(module)).toEqual({ commit, dirty: false });
    expect(() => readFileSync(trace)).toThrow('ENOENT');
  });

  it('is null without repository, without commit and without git', async () => {
    const none = { commit: null, dirty: null };
    const directory = temporaryDirectory();
    vi.stubEnv('GIT_CEILING_DIRECTORIES', directory);
    expect(await gitState(join(directory, 'x.ts'))).toEqual(none);
    expect(await gitState(join(directory, 'gone', 'x.ts'))).toEqual(none);
    git(directory, 'init', '-q');
    expect(await gitState(join(directory, 'x.ts'))).toEqual(none);
    const { module } = repository();
    vi.stubEnv('PATH', '/nonexistent');
    expect(await gitState(module)).toEqual(none);
  });
});

describe('the facts of a runner', () => {
  it('are about this machine and the repository of what it executes', async () => {
    const { directory, module, commit } = repository();
    const facts = await runnerFacts({ kind: 'module', file: module }, '/');
    expect(facts).toMatchObject({ node: process.versions.node, commit, dirty: false });
    expect([facts.cores > 0, facts.memoryMegabytes > 0, facts.os.includes(process.arch)]).toEqual([true, true, true]);
    expect(await runnerFacts({ kind: 'command', command: ['true'] }, directory)).toMatchObject({
      commit,
      dirty: false,
    });
    expect(await runnerFacts({ kind: 'function', experiment: () => {} }, directory)).toMatchObject({ commit });
  });
});
