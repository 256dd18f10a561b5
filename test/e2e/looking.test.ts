import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { kindsStudy, studyFolder } from '../support/command-line.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

/* A study from elsewhere, full of traps: whoever looks at it executes nothing of it. Each trap leaves a file. */

const verbs: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['list'],
  ['list', '--json', '--where', 'seed = 1'],
  ['show', '1'],
  ['errors'],
  ['export'],
  ['export', '--what', 'attempts', '--format', 'jsonl'],
  ['export', '--output', 'rows.sqlite', '--force'],
  ['export', '--output', 'rows.parquet', '--force'],
  ['table'],
  ['table', '--format', 'latex'],
  ['table', '--format', 'html'],
  ['plot', 'box', '--value', 'accuracy'],
  ['plot', 'box', '--value', 'accuracy', '--output', 'box.svg', '--force'],
  ['plot', 'box', '--value', 'accuracy', '--output', 'box.html', '--force'],
  ['plan'],
  ['plan', '--explain'],
];

it('looking executes nothing of a study, and writes to no file that it names', async () => {
  const folder = studyFolder(kindsStudy(['quick', 'throws'], [1, 2]));
  await folder.call('run');
  const canary = (name: string): string => join(folder.path, `canary-${name}`);
  const script = (name: string): string => `#!/bin/sh\ntouch '${canary(name)}'\ncat\n`;

  // the module, also through its package and its compiler's settings
  const trap = (name: string) =>
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(canary(name))}, '');\n`;
  folder.write('experiment.ts', `${trap('module')}export default () => ({});\n`);
  folder.write('package.json', {
    type: 'module',
    imports: { '#x': './experiment.ts' },
    scripts: { preinstall: 'touch canary-npm' },
  });
  for (const name of ['vega', 'vega-lite', 'sharp', 'yaml', 'ts-experimenter', 'better-sqlite3']) {
    mkdirSync(join(folder.path, 'node_modules', name), { recursive: true });
    folder.write(`node_modules/${name}/package.json`, {
      name,
      type: 'module',
      main: './index.js',
      exports: './index.js',
    });
    folder.write(`node_modules/${name}/index.js`, trap(name));
  }
  const study = JSON.parse(readFileSync(join(folder.path, 'study.json'), 'utf8')) as object;
  folder.write('study.json', {
    ...study,
    experiment: { module: './experiment.ts' },
    emissions: { enabled: true, outputFile: canary('emissions') },
    log: { level: 'debug', file: canary('log') },
  });

  // a repository whose configuration names programs
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder.path, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { stdio: 'ignore' });
  git('init', '--quiet');
  folder.write('tracked.txt', 'one\n');
  git('add', 'tracked.txt', 'study.json');
  git('commit', '--quiet', '-m', 'x');
  folder.write('.gitattributes', '* filter=trap diff=trap\n');
  const program = (name: string): string => {
    const file = folder.write(`trap-${name}`, script(name));
    execFileSync('chmod', ['755', file]);
    return file;
  };
  for (const [key, name] of [
    ['filter.trap.clean', 'clean'],
    ['filter.trap.smudge', 'smudge'],
    ['filter.trap.process', 'process'],
    ['core.fsmonitor', 'fsmonitor'],
    ['diff.external', 'diff'],
    ['diff.trap.textconv', 'textconv'],
    ['core.pager', 'pager'],
    ['core.sshCommand', 'ssh'],
    ['core.editor', 'editor'],
    ['credential.helper', 'credentials'],
    ['gpg.program', 'gpg'],
  ] as const)
    git('config', key, program(name));
  git('config', 'filter.trap.required', 'true');
  git('config', 'alias.status', `!touch '${canary('alias')}'`);
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout']) {
    mkdirSync(join(folder.path, '.git/hooks'), { recursive: true });
    execFileSync('chmod', ['755', folder.write(`.git/hooks/${hook}`, script(hook))]);
  }
  folder.write('tracked.txt', 'two\n'); // same size: only its contents tell
  utimesSync(join(folder.path, 'tracked.txt'), new Date(), new Date());

  // programs of the study's folder, first on PATH: none of them is ours to call but git itself
  mkdirSync(join(folder.path, 'bin'));
  for (const name of ['nvidia-smi', 'ssh', 'npm', 'node', 'less', 'stty', 'tput', 'lscpu', 'sh'])
    execFileSync('chmod', ['755', folder.write(`bin/${name}`, script(name))]);
  const environment = { PATH: `${join(folder.path, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };

  const canaries = (): readonly string[] => folder.files().filter((name) => name.startsWith('canary-'));
  for (const args of verbs) {
    const { code, stderr } = await folder.callWith(environment, ...args);
    expect([args, code, canaries()], stderr).toEqual([args, 0, []]);
    expect(stderr).not.toContain('unexpected');
  }

  // They are no dummies: who executes the study springs them.
  await folder.callWith(environment, 'check');
  expect(canaries()).toContain('canary-module');
});

it('a file of SQLite from elsewhere executes nothing, whatever its schema says', async () => {
  const folder = studyFolder(kindsStudy(['quick'], [1]));
  await folder.call('run');
  const file = join(folder.path, 'study.sqlite');
  const native = openNativeSqlite(file);
  native.exec(`CREATE TRIGGER t AFTER UPDATE ON study BEGIN DELETE FROM study; END`);
  native.exec(`ALTER TABLE study RENAME TO real_study`);
  native.exec(`CREATE VIEW study AS SELECT * FROM real_study WHERE load_extension('./evil') IS NULL OR 1`);
  native.close();
  for (const args of [['status'], ['list'], ['export'], ['table']]) {
    const { code, stderr } = await folder.call(...args);
    expect([args, code]).toEqual([args, 5]);
    expect(stderr).toContain('its schema calls a function that a file must not call (unsafe use of load_extension())');
  }
});
