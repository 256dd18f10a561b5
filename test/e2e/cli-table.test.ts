import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kindsStudy, type StudyFolder, studyFolder } from '../support/command-line.ts';

const ran = async (kinds: readonly string[], seeds: readonly number[] = [1, 2]): Promise<StudyFolder> => {
  const study = studyFolder(kindsStudy(kinds, seeds));
  await study.call('run', '--quiet');
  return study;
};

describe('table', () => {
  it('prints the evaluation table, with what was assumed and what it is of', async () => {
    const study = await ran(['quick'], [1, 2, 3]);
    const { code, stdout, stderr } = await study.call('table', '--value', 'accuracy', '--where', 'seed < 3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header, line, , caption] = stdout.split('\n');
    expect(header).toMatch(/^kind +accuracy$/);
    expect(line).toMatch(/^quick +0\.375 ± 0\.177$/);
    expect(caption).toMatch(
      /^study: mean ± sample standard deviation \(n − 1\) of accuracy over seed \(n = 2\); where seed < 3; \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    );
    expect(stdout).toMatch(/note: assumed rows: kind\nnote: assumed over: seed\n$/);
  });

  it('flags incomplete cells, and fails if they must be complete', async () => {
    const study = await ran(['quick', 'throws']);
    const shown = await study.call('table', '--rows', 'kind', '--value', 'accuracy', '--over', 'seed');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^throws +–† *$/m);
    expect(shown.stdout).toMatch(/† 1 of 2 cells are incomplete:\n {2}throws: 2 error\n/);
    const required = await study.call('table', '--rows', 'kind', '--value', 'accuracy', '--require-complete');
    expect(required.code).toBe(3);
    expect(required.stdout).toContain('†');
    expect(required.stderr).toContain('the table is incomplete');
    const part = ['table', '--rows', 'kind', '--value', 'accuracy', '--require-complete', '--where', 'kind = quick'];
    expect((await study.call(...part)).code).toBe(0);
    const more = study.write('study.json', kindsStudy(['quick'], [1, 2, 3]));
    const unfilled = await study.call(...part, '--json', '--config', more);
    expect(unfilled.code).toBe(3);
    expect(JSON.parse(unfilled.stdout)).toMatchObject({
      v: 1,
      incomplete: 1,
      cells: [{ n: 2, missing: { notFilled: 1 } }],
    });
  });

  it('is saved in the form its name says, and replaces nothing without --force', async () => {
    const study = await ran(['quick']);
    const save = async (name: string, ...more: string[]) =>
      study.call('table', '--rows', 'kind', '--value', 'accuracy', '--save', join(study.path, name), ...more);
    expect(await save('table.tex')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `table written to ${join(study.path, 'table.tex')}\n`,
    });
    expect(readFileSync(join(study.path, 'table.tex'), 'utf8')).toContain('\\toprule');
    expect(await save('table.tex')).toMatchObject({ code: 8, stderr: expect.stringContaining('--save: ') as string });
    expect((await save('table.tex', '--force', '--format', 'markdown')).code).toBe(0);
    expect(readFileSync(join(study.path, 'table.tex'), 'utf8')).toMatch(/^\| kind \| accuracy \|/);
    for (const [name, begin] of [
      ['t.md', '| kind'],
      ['t.csv', 'kind,value,n'],
      ['t.json', '{"v":1'],
      ['t.html', '<!doctype html>'],
      ['t.txt', 'kind'],
    ] as const) {
      expect((await save(name)).code).toBe(0);
      expect(readFileSync(join(study.path, name), 'utf8').startsWith(begin)).toBe(true);
    }
    expect(await save('table.doc')).toMatchObject({ code: 2, stdout: '' });
  });

  it('names the commit of the working directory', async () => {
    const study = await ran(['quick']);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
        cwd: study.path,
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    git('add', 'study.json');
    git('commit', '--quiet', '--message', 'study');
    const commit = git('rev-parse', '--short=12', 'HEAD');
    const caption = async () => (await study.call('table', '--value', 'accuracy')).stdout;
    expect(await caption()).toContain(`; commit ${commit}.`);
    // whether files differ only their filters could tell, and looking executes nothing
    writeFileSync(join(study.path, '.git', 'info', 'attributes'), '* filter=evil\n');
    git('config', 'filter.evil.clean', `touch '${join(study.path, 'trace')}'; cat`);
    study.write('study.json', kindsStudy(['quick'], [1, 2]));
    expect(await caption()).toContain(`; commit ${commit}.`);
    expect(study.files()).not.toContain('trace');
  });

  it.each([
    [['--rows', 'knd'], 'rows: knd is no keyfield (did you mean kind?)'],
    [['--value', 'text'], 'text is no resultfield of numbers'],
    [['--statistic', 'avg'], 'there is no statistic avg; there are mean, std'],
    [['--best', 'most'], '--best: found "most"'],
    [['--per', 'cell'], '--per: found "cell"; allowed row, column'],
    [['--test', 'u'], '--test: found "u"'],
    [['--digits', '-1'], '--digits: found "-1"'],
    [['--alpha', 'x'], '--alpha: found "x"; allowed is a number'],
    [['--confidence', '95'], 'confidence: found 95'],
    [['--format', 'latx'], '--format: found "latx" (did you mean latex?)'],
    [['--where', 'kimd = quick'], 'no field kimd (did you mean kind?)'],
  ])('refuses %j', async (flags, words) => {
    const study = studyFolder(kindsStudy(['quick']));
    const { code, stdout, stderr } = await study.call('table', ...flags);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(study.files()).toEqual(['study.json']);
  });

  it('says what to do where there is nothing yet, and has examples in its help', async () => {
    const study = studyFolder(kindsStudy(['quick']));
    expect(await study.call('table')).toMatchObject({ code: 0, stdout: '' });
    expect((await study.call('table', '--require-complete')).code).toBe(3);
    expect(study.files()).toEqual(['study.json']);
    const help = (await study.call('table', '--help')).stdout;
    expect(help).toMatch(
      /Examples:\n {2}ts-experimenter table --rows dataset --columns kernel --value accuracy --over seed/,
    );
  });
});
