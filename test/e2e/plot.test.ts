import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, startMain, type StudyFolder, studyFolder } from '../support/command-line.ts';
import { createDatabase, describeOnMysql } from '../support/databases.ts';

const ran = async (database: object): Promise<StudyFolder> => {
  const study = studyFolder({
    experiment: { module: fixture('cli/every-type.mjs') },
    database,
    table: {
      name: 'every_type',
      keyfields: { seed: { type: 'INT', values: [1, 2, 3] } },
      resultfields: {
        ...{ flag: 'BOOLEAN', big: 'BIGINT', small: 'TINYINT', ratio: 'DOUBLE', money: 'DECIMAL(10,2)' },
        ...{ wide: 'DECIMAL(20,5)', text: 'LONGTEXT', at: 'DATETIME(6)', day: 'DATE', clock: 'TIME(3)', extra: 'JSON' },
      },
      logtables: { points: { step: 'INT', loss: 'DOUBLE', seen: 'BOOLEAN' } },
    },
    runner: { workers: 1 },
  });
  expect((await study.call('run', '--quiet')).code).toBe(0);
  return study;
};

const suite = (open: () => Promise<object>): void => {
  it('draws files, replaces none, and prints in the terminal', async () => {
    const study = await ran(await open());
    const file = join(study.path, 'box.svg');
    const drawn = await study.call('plot', 'box', '--value', 'ratio', '--by', 'seed', '--output', file);
    expect(drawn).toEqual({ code: 0, stdout: '', stderr: `plot written to ${file}\n` });
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^]*ratio for each seed[^]*<\/svg>\n$/);
    expect((await study.call('plot', 'box', '--output', file)).code).toBe(8);
    const page = join(study.path, 'box.html');
    expect((await study.call('plot', 'box', '--value', 'ratio', '--output', page, '--quiet')).stderr).toBe('');
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/);
    const text = await study.call('plot', 'curve', '--where', 'seed < 3');
    expect(text.stdout).toMatch(/^loss by step\n[^]*mean of loss in points over seed \(n = 1\)[^]*where seed < 3/);
    const numbers = await study.call('plot', 'curve', '--json');
    const points = [1, 2, 3].map((x) => ({ x, mean: 1 / 3, n: 1 }));
    expect(JSON.parse(numbers.stdout)).toMatchObject({ v: 1, kind: 'curve', lines: [{ points }] });
  });
};

describe('plot from SQLite', () => {
  suite(async () => ({ provider: 'sqlite', file: './study.sqlite' }));

  it('refuses what it cannot draw, and leaves no file', async () => {
    const study = await ran({ provider: 'sqlite', file: './study.sqlite' });
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [['crve'], /the kind of plot: found "crve" \(did you mean curve\?\)/],
      [['box', '--output', 'x.pdf'], /--output: "x.pdf" ends like no format; end it with .svg, .png, .html/],
      [['box', '--format', 'svg'], /needs a file/],
      [['box', '--value', 'text', '--output', 'x.svg'], /--value: text is no resultfield of numbers/],
      [['heatmap', '--output', 'x.svg'], /heatmap needs --rows/],
      [['curve', '--band', 'sd'], /--band: found "sd"/],
      [
        ['curve', '--band', 'ci', '--confidence', '95'],
        /--confidence: found "95"; allowed is a number between 0 and 1/,
      ],
      [['box', '--value', 'ratio', '--where', 'seed = 2'], /no selected experiment has a number in ratio/],
    ];
    for (const [flags, message] of refusals) {
      const ended = await study.call('plot', ...flags);
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(message);
    }
    expect(study.files().filter((name) => name.startsWith('x.'))).toEqual([]);
  });

  it('says what to install where the packages that draw are missing, and needs none of them in the terminal', async () => {
    const study = await ran({ provider: 'sqlite', file: './study.sqlite' });
    const hooks = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (name === 'vega') throw Object.assign(new Error(name), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      } });`;
    const without = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
    const config = ['--config', join(study.path, 'study.json')];
    const file = await startMain(['plot', 'curve', '--output', 'x.svg', ...config], study.path, without).ended;
    expect(file.code).toBe(2);
    expect(file.stderr).toMatch(/npm install vega@6\.4\.0 vega-lite@6\.5\.0/);
    expect(study.files()).not.toContain('x.svg');
    expect((await startMain(['plot', 'curve', ...config], study.path, without).ended).code).toBe(0);
  });
});

describeOnMysql('plot', (server) => {
  suite(async () => {
    const { host, port, database: name, user, password } = await createDatabase(server);
    return { provider: 'mysql', host, port, name, user, password };
  });
});
