import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startMain } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { readmeStudy } from '../support/readme.ts';

/** A folder with files. */
const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
};

const study = (module: string, table: string): string =>
  JSON.stringify({
    experiment: { module },
    database: { provider: 'sqlite', file: './s.sqlite' },
    table: { name: table, keyfields: { seed: { type: 'INT', values: [1, 2] } }, resultfields: { r: 'INT' } },
    runner: { workers: 1 },
  });

describe('the configuration, where none is named', () => {
  const call = async (folder: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    startMain(args, folder, environment).ended;
  const chosen = async (folder: string, environment?: NodeJS.ProcessEnv, ...args: readonly string[]) => {
    const { stdout } = await call(folder, ['plan', '--json', ...args], environment);
    return (JSON.parse(stdout) as { readonly study: string }).study;
  };
  const yaml = (table: string) => study('./e.mjs', table); // JSON is YAML

  it('is study.json, study.yml, study.yaml, config/exp.json, in this order', async () => {
    const experiment = { 'e.mjs': 'export default () => ({});', 'config/e.mjs': 'export default () => ({});' };
    const files = {
      'config/exp.json': study('./e.mjs', 'in_config'),
      'study.yaml': yaml('in_yaml'),
      'study.yml': yaml('in_yml'),
      'study.json': study('./e.mjs', 'in_json'),
    };
    for (const [count, expected] of ['in_config', 'in_yaml', 'in_yml', 'in_json'].entries()) {
      const there = Object.fromEntries(Object.entries(files).slice(0, count + 1));
      expect(await chosen(folderWith({ ...experiment, ...there }))).toBe(expected);
    }
  });

  it('is what TS_EXPERIMENTER_CONFIG names before that, and --config before both', async () => {
    const folder = folderWith({
      'e.mjs': 'export default () => ({});',
      'study.json': study('./e.mjs', 'by_default'),
      'other.json': study('./e.mjs', 'by_variable'),
      'third.json': study('./e.mjs', 'by_flag'),
    });
    expect(await chosen(folder, { TS_EXPERIMENTER_CONFIG: 'other.json' })).toBe('by_variable');
    expect(await chosen(folder, { TS_EXPERIMENTER_CONFIG: 'other.json' }, '--config', 'third.json')).toBe('by_flag');
    expect(await chosen(folder, { TS_EXPERIMENTER_CONFIG: '' })).toBe('by_default');
    const missing = await call(folder, ['plan'], { TS_EXPERIMENTER_CONFIG: 'gone.json' });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/gone\.json: found no file/) });
  });

  it('is told to be missing with all places that were looked at', async () => {
    const folder = temporaryDirectory();
    const { code, stderr } = await call(folder, ['status']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'no study: give --config FILE, or set TS_EXPERIMENTER_CONFIG (it is not set, and ' +
        `${folder} has none of study.json, study.yml, study.yaml, config/exp.json)`,
    );
  });
});

describe('an experiment module in a folder that npm init made', () => {
  const commonjs = { 'package.json': '{ "name": "study", "version": "1.0.0", "type": "commonjs" }' };
  const call = async (folder: string, ...args: readonly string[]) => startMain(args, folder).ended;

  it.each(['thread', 'process'])('is README’s, and nothing is installed beside it: %s', async (isolation) => {
    const folder = folderWith({ ...commonjs, ...readmeStudy() });
    expect(await call(folder, 'check')).toMatchObject({ code: 0, stderr: '' });
    const set = ['--set', `runner.isolation=${isolation}`, '--set', 'table.keyfields.seed.values=[0]'];
    expect(await call(folder, 'run', '--quiet', ...set)).toEqual({ code: 0, stdout: '', stderr: '' });
    const status = await call(folder, 'status', '--json', ...set);
    expect(JSON.parse(status.stdout)).toMatchObject({ counts: { done: 5, error: 0 } });
    expect(await call(folder, 'one', '3', '--again', '--yes', ...set)).toMatchObject({ code: 0 });
  });

  it.each([
    ['study.ts', 'import { two } from "./lib/two.ts"; export default (): object => ({ r: two as number });'],
    ['study.js', 'import { two } from "./lib/two.ts"; export default () => ({ r: two });'],
    ['study.cjs', 'const { two } = require("./lib/two.ts"); module.exports = () => ({ r: two });'],
  ])('is an ES module with import and export, or CommonJS without: %s', async (name, text) => {
    const two = 'export const two: number = 2;\n';
    const folder = folderWith({ ...commonjs, 'study.json': study(`./${name}`, 's'), [name]: text, 'lib/two.ts': two });
    expect(await call(folder, 'run', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
    const rows = await call(folder, 'list', '--json');
    expect(rows.stdout.match(/"r":2/g)).toHaveLength(2);
  });

  it('stays CommonJS where only types are imported', async () => {
    const text = 'import type { Seed } from "./nowhere.ts";\nmodule.exports = (seed: Seed) => ({ r: 1 });\n';
    const folder = folderWith({ ...commonjs, 'study.json': study('./study.ts', 's'), 'study.ts': text });
    expect(await call(folder, 'run', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['./helper', './helper.ts'],
    ['./helper.js', './helper.ts'],
    ['./lib', './lib/index.ts'],
  ])('says what to write instead of %s', async (written, advice) => {
    const folder = folderWith({
      ...commonjs,
      'study.json': study('./study.ts', 's'),
      'study.ts': `import { two } from '${written}';\nexport default () => ({ r: two });\n`,
      'helper.ts': 'export const two = 2;\n',
      'lib/index.ts': 'export const two = 2;\n',
    });
    const { code, stderr } = await call(folder, 'check');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`write '${advice}'`) });
    expect(stderr).not.toContain('node:internal');
  });
});
