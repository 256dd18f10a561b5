import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Ended, startMain } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';

const call = async (cwd: string, ...args: readonly string[]): Promise<Ended> => startMain(args, cwd).ended;

describe('init', () => {
  it.each(['typescript', 'javascript'])('makes a study in %s that runs in an empty folder', async (language) => {
    const folder = temporaryDirectory();
    const made = await call(folder, 'init', '--language', language);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/run --config study\.json/);
    const module = language === 'typescript' ? 'experiment.mts' : 'experiment.mjs';
    expect(readdirSync(folder).toSorted()).toEqual(['.gitignore', 'config.schema.json', module, 'study.json']);
    expect((await call(folder, 'run', '--config', 'study.json', '--quiet')).code).toBe(0);
    const status = await call(folder, 'status', '--config', 'study.json', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      counts: { created: 0, running: 0, done: 30, error: 0, paused: 0 },
    });
    const plot = await call(folder, 'plot', '--config', 'study.json', 'curve', '--by', 'optimiser');
    expect(plot.stdout).toMatch(/● gradient {3}▲ momentum/);
  });

  it('writes TypeScript that type-checks against this package', async () => {
    const folder = temporaryDirectory();
    await call(folder, 'init', 'study', '--name', 'mine');
    const root = fileURLToPath(new URL('../..', import.meta.url));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/ts-experimenter'));
    const flags = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--module', 'nodenext', '--skipLibCheck'];
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const checked = execFileSync(process.execPath, [compiler, ...flags, 'study/experiment.mts'], { cwd: folder });
    expect(checked.toString()).toBe('');
    const configuration = JSON.parse(readFileSync(join(folder, 'study/study.json'), 'utf8')) as Record<string, unknown>;
    expect(configuration).toMatchObject({ $schema: './config.schema.json', table: { name: 'mine' } });
  });

  it('replaces nothing and follows no link', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, '.gitignore'), 'mine\n');
    expect((await call(folder, 'init', '--quiet')).code).toBe(0);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine\n');
    const again = await call(folder, 'init', '--language', 'js');
    expect(again).toMatchObject({ code: 8, stdout: '' });
    expect(again.stderr).toMatch(/study\.json exists already; nothing was written/);
    expect(readdirSync(folder)).not.toContain('experiment.mjs');
    const other = temporaryDirectory();
    symlinkSync(join(folder, 'elsewhere'), join(other, 'study.json'));
    expect((await call(other, 'init')).code).toBe(8);
    expect(lstatSync(join(folder, 'elsewhere'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('answers programs, and refuses what no table can be called', async () => {
    const folder = temporaryDirectory();
    const made = await call(folder, 'init', 'a study', '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ v: 1, language: 'typescript', directory: join(folder, 'a study') });
    const refused = await call(folder, 'init', 'b', '--name', 'a`b');
    expect(refused.code).toBe(2);
    const language = await call(folder, 'init', 'b', '--language', 'typscript');
    expect(language.stderr).toMatch(
      /--language: found "typscript" \(did you mean typescript\?\); allowed typescript, javascript/,
    );
    expect(readdirSync(folder)).toEqual(['a study']);
  });
});
