import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gitCommit, gitState, refusalText } from '../../../src/infrastructure/system/git.ts';
import { runnerFacts } from '../../../src/infrastructure/system/runner-facts.ts';
import { temporaryDirectory } from '../../support/databases.ts';

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

  it('runs nothing that the repository configures: monitors, hooks, filters, also of a submodule', async () => {
    const { directory, module, commit } = repository();
    const trace = join(directory, 'trace');
    const traced = `touch '${trace}'; cat`;
    const filtered = (place: string, ...files: readonly string[]) => {
      writeFileSync(join(place, '.git', 'info', 'attributes'), '* filter=evil\n');
      for (const key of ['filter.evil.clean', 'filter.evil.smudge', 'filter.evil.process', 'core.fsmonitor'])
        git(place, 'config', key, traced);
      // other times, the same length: git must read the files to tell
      for (const file of files) writeFileSync(file, readFileSync(file));
    };
    const inner = join(directory, 'inner');
    mkdirSync(inner);
    git(inner, 'init', '-q');
    writeFileSync(join(inner, 'file'), 'x');
    git(inner, 'add', '.');
    git(inner, 'commit', '-q', '-m', 'inner');
    git(directory, '-c', 'advice.addEmbeddedRepo=false', 'add', 'inner');
    git(directory, 'commit', '-q', '-m', 'with inner');
    const head = git(directory, 'rev-parse', 'HEAD');
    expect(head).not.toBe(commit);
    filtered(inner, join(inner, 'file'));
    filtered(directory, module);
    expect(await gitCommit(directory)).toEqual({ commit: head });
    expect(await gitState(module)).toEqual({ commit: head, dirty: false });
    expect(() => readFileSync(trace)).toThrow('ENOENT');
    git(directory, '-c', 'core.fsmonitor=false', 'status'); // the trap works
    expect(readFileSync(trace, 'utf8')).toBe('');
  });

  it('leaves the user’s own filters alone: without them every file that they change would differ', async () => {
    const { directory, module } = repository();
    const own = join(temporaryDirectory(), 'config');
    vi.stubEnv('GIT_CONFIG_GLOBAL', own);
    git(directory, 'config', '--global', 'filter.upper.clean', 'tr a-z A-Z');
    writeFileSync(join(directory, '.git', 'info', 'attributes'), '* filter=upper\n');
    git(directory, 'add', '--renormalize', '.');
    git(directory, 'commit', '-q', '-m', 'filtered');
    writeFileSync(module, readFileSync(module));
    expect(await gitState(module)).toMatchObject({ dirty: false });
  });

  it.runIf(process.getuid?.() === 0)('is told apart from a refusal, which says what to do', async () => {
    const { directory, module } = repository();
    chownSync(directory, 1234, 1234);
    chownSync(join(directory, '.git'), 1234, 1234);
    const state = await gitState(module);
    expect(state).toEqual({ commit: null, dirty: null, refused: expect.stringContaining('dubious ownership') });
    expect(refusalText(state.refused ?? '')).toContain(
      `git refuses to tell it: detected dubious ownership in repository at '${directory}'; if you trust it: git config --global --add safe.directory '${directory}'`,
    );
    const warnings: string[] = [];
    const log = { warn: (text: string) => void warnings.push(text) };
    for (let runs = 0; runs < 2; runs += 1)
      expect(await runnerFacts({ kind: 'module', file: module }, '/', log)).toMatchObject({
        commit: null,
        git: 'refused',
      });
    expect(warnings).toEqual([expect.stringContaining('safe.directory')]);
    // as the warning says
    const own = join(temporaryDirectory(), 'config');
    vi.stubEnv('GIT_CONFIG_GLOBAL', own);
    git('/', 'config', '--global', '--add', 'safe.directory', directory);
    expect(await gitState(module)).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
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
    const log = { warn: (text: string) => expect.unreachable(text) };
    const facts = await runnerFacts({ kind: 'module', file: module }, '/', log);
    expect(facts).toMatchObject({ node: process.versions.node, commit, dirty: false });
    expect([facts.cores > 0, facts.memoryMegabytes > 0, facts.os.includes(process.arch)]).toEqual([true, true, true]);
    expect(await runnerFacts({ kind: 'command', command: ['true'] }, directory, log)).toMatchObject({
      commit,
      dirty: false,
    });
    expect(await runnerFacts({ kind: 'function', experiment: () => {} }, directory, log)).toMatchObject({ commit });
  });
});
