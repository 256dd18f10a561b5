import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonLines, kindsStudy, type StudyFolder, studyFolder } from '../support/command-line.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

const ran = async (kinds: readonly string[], seeds?: readonly number[]): Promise<StudyFolder> => {
  const study = studyFolder(kindsStudy(kinds, seeds));
  await study.call('run', '--quiet');
  return study;
};

describe('looking at a study', () => {
  it('creates nothing, and says what would', async () => {
    const study = studyFolder(kindsStudy(['quick']));
    const status = await study.call('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/There is no table study of .*`.* fill --config .*` creates it/);
    const counts = { created: 0, running: 0, done: 0, error: 0, paused: 0 };
    expect(JSON.parse((await study.call('status', '--json')).stdout)).toMatchObject({
      counts,
      runners: [],
      foreign: 0,
      errors: [],
    });
    expect(await study.call('list', '--json')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await study.call('show', '1')).code).toBe(2);
    expect((await study.call('retry')).stdout).toContain('nothing to reset');
    expect((await study.call('delete')).stdout).toContain('nothing to delete');
    expect((await study.call('export')).stdout).toMatch(/^ID,kind,seed,[a-z_,]+\r\n$/);
    expect((await study.call('check')).stdout).toContain('will be created');
    expect(study.files()).toEqual(['study.json']);
  });

  it('lists rows, for people cut and stripped, for programs exact', async () => {
    const study = await ran(['quick', 'throws'], [1, 2]);
    const people = await study.call('list', '--where', 'seed = 2');
    expect(people.stdout.split('\n')[0]).toMatch(/^ID +status +kind +seed +accuracy +big +text +extra +error$/);
    expect(people.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(people.stdout).not.toContain('\u001b');
    const { stdout } = await study.call('list', '--json', '--id', '1-2,4', '--limit', '1');
    expect(stdout).toContain('"big":9007199254740993,');
    expect(jsonLines(stdout)).toMatchObject([
      { ID: 1, kind: 'quick', status: 'done', accuracy: 0.25, extra: { a: [1, 'x'] }, error: null },
    ]);
    const nothing = await study.call('list', '--status', 'paused');
    expect(nothing).toMatchObject({ code: 0, stdout: '', stderr: 'no experiment matches the selection\n' });
  });

  it('shows one experiment with its attempts, logs and error', async () => {
    const study = await ran(['quick', 'throws']);
    const story = JSON.parse((await study.call('show', '1', '--json')).stdout) as Record<string, unknown>;
    expect(Object.keys(story)).toEqual(['v', 'experiment', 'attempts', 'lease', 'logs', 'provenance']);
    expect(story).toMatchObject({
      v: 1,
      lease: null,
      experiment: { ID: 1 },
      attempts: [{ number: 1, outcome: 'done' }],
    });
    expect(story['logs']).toMatchObject({ steps: [{ experiment_id: 1, step: 1, text: '=1+1' }] });
    const people = (await study.call('show', '2')).stdout;
    expect(people).toMatch(/^status +error$/m);
    expect(people).toMatch(/^Error:\nError: singular matrix 1\n {4}at /m);
    expect(people).not.toContain('\u001b');
  });

  it('groups errors in its status', async () => {
    const study = await ran(['throws'], [1, 1]);
    const { stdout } = await study.call('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ counts: { error: 1 }, errors: [{ count: 1, exampleId: 1 }] });
    expect((await study.call('status')).stdout).toMatch(/1 failed[^]*Errors:\n.*\n +1 +#1 +Error: singular matrix <n>/);
  });

  it('groups them in its status as errors does', async () => {
    const study = await ran(['throws'], [1, 2, 3]);
    const kinds = async (verb: string, key: string): Promise<unknown> => {
      const { stdout } = await study.call(verb, '--json');
      const told = JSON.parse(stdout) as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
      return told[key]?.map(({ message, count, exampleId, example }) => ({ message, count, exampleId, example }));
    };
    const one = {
      message: 'Error: singular matrix <n>',
      count: 3,
      exampleId: 1,
      example: 'Error: singular matrix \u001b[31m1',
    };
    expect(await kinds('status', 'errors')).toEqual([one]);
    expect(await kinds('errors', 'groups')).toEqual([one]);
  });
});

describe('export', () => {
  it('writes CSV that no spreadsheet executes, unless it is told to', async () => {
    const study = await ran(['quick']);
    const [header, row] = (await study.call('export')).stdout.split('\r\n');
    expect(header).toBe(
      'ID,kind,seed,creation_date,status,start_date,name,machine,accuracy,big,text,extra,end_date,error',
    );
    expect(row).toMatch(/^1,quick,1,.*,done,.*,0\.25,9007199254740993,'=cmd\(\).*,"\{""a"":\[1,""x""\]\}",/);
    expect((await study.call('export', '--raw')).stdout).toMatch(/,=cmd\(\)/);
    expect((await study.call('export', '--logtable', 'steps')).stdout).toMatch(
      /^ID,experiment_id,timestamp,step,text\r\n1,1,.*,1,'=1\+1\r\n$/,
    );
    expect(jsonLines((await study.call('export', '--format', 'jsonl')).stdout)).toHaveLength(1);
  });

  it('writes a file whole, and replaces none without --force', async () => {
    const study = await ran(['quick']);
    const file = join(study.path, 'rows.csv');
    expect(await study.call('export', '--output', file)).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(/^ID,/);
    expect(await study.call('export', '--output', file)).toMatchObject({ code: 8 });
    expect(await study.call('export', '--output', file, '--force', '--format', 'jsonl')).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"ID":1,/);
    expect(study.files()).toEqual(['rows.csv', 'study.json', 'study.sqlite']);
  });
});

describe('changing a study', () => {
  it('fills', async () => {
    const study = studyFolder(kindsStudy(['quick'], [1, 2]));
    expect(await study.call('fill', '--json')).toEqual({
      code: 0,
      stdout: '{"v":1,"added":2,"existing":0}\n',
      stderr: '',
    });
    expect((await study.call('fill', '--json')).stdout).toBe('{"v":1,"added":0,"existing":2}\n');
  });

  it('resets what is selected, and asks before results are lost', async () => {
    const study = await ran(['quick', 'throws'], [1, 2]);
    expect(await study.call('reset')).toMatchObject({ code: 2 });
    const refused = await study.call('reset', '--id', '1-3', '--json');
    expect(refused).toMatchObject({ code: 8, stdout: '' });
    expect(JSON.parse(refused.stderr)).toEqual({
      v: 1,
      error: { code: 'CONFIRMATION_NEEDED', message: expect.stringMatching(/2 results in .* would be lost.*--yes/) },
    });
    expect((await study.call('reset', '--status', 'error', '--id', '3', '--json')).stdout).toBe(
      '{"v":1,"reset":1,"leased":0}\n',
    );
    expect((await study.call('retry', '--json')).stdout).toBe('{"v":1,"reset":1,"leased":0}\n');
    expect((await study.call('reset', '--all', '--yes', '--json')).stdout).toBe('{"v":1,"reset":4,"leased":0}\n');
  });

  it('resumes what is paused', async () => {
    const study = await ran(['pauses', 'quick']);
    const { code, stdout } = await study.call('resume', '1', '--json');
    expect(code).toBe(0);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ event: 'finished', executed: 1, done: 1 });
    const again = await study.call('resume', '1');
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/^ts-experimenter: experiment 1 is done, not paused/);
  });

  it('deletes what is selected by the same expressions, after a yes', async () => {
    const study = await ran(['quick', 'throws'], [1, 2]);
    const where = ['--where', 'error ~ singular and seed in (1, 7)'];
    expect(await study.call('delete', ...where)).toMatchObject({
      code: 8,
      stderr: expect.stringMatching(/^ts-experimenter: 1 experiment of table study .* would be deleted/) as string,
    });
    expect((await study.call('delete', ...where, '--yes', '--json')).stdout).toBe('{"v":1,"deleted":1,"leased":0}\n');
    expect((await study.call('delete', ...where, '--yes')).stdout).toBe('0 experiments deleted.\n');
    expect(jsonLines((await study.call('list', '--json')).stdout).map(({ kind, seed }) => [kind, seed])).toEqual([
      ['quick', 1],
      ['quick', 2],
      ['throws', 2],
    ]);
    expect(await study.call('delete', '--where', 'kimd = quick', '--yes')).toMatchObject({ code: 2, stdout: '' });
  });

  it('deletes after a yes, naming tables and rows', async () => {
    const study = await ran(['quick'], [1, 2]);
    const refused = await study.call('delete');
    expect(refused.code).toBe(8);
    expect(refused.stderr).toMatch(
      /table study of .* \(2 experiments\), study__steps \(2 rows\), study_runners, study_leases, study_attempts, study_fills, study_grids would be dropped\..*--yes/,
    );
    const deleted = JSON.parse((await study.call('delete', '--yes', '--json')).stdout) as object;
    expect(deleted).toEqual({
      v: 1,
      deleted: true,
      tables: [
        'study',
        'study__steps',
        'study_runners',
        'study_leases',
        'study_attempts',
        'study_fills',
        'study_grids',
      ],
    });
    expect((await study.call('status')).stdout).toContain('There is no table');
  });
});

it('deletes what is left of a study, names exactly that, and what it leaves alone', async () => {
  const study = studyFolder(kindsStudy(['quick'], [1, 2]));
  expect((await study.call('run', '--quiet', '--set', 'emissions.enabled=true')).code).toBe(0);
  const native = openNativeSqlite(join(study.path, 'study.sqlite'));
  native.exec('CREATE TABLE study__v2 (ID INTEGER PRIMARY KEY, x INT)');
  native.exec('ALTER TABLE study RENAME TO kept');
  native.exec('DELETE FROM study_runners');
  native.close();
  const left = ['runners', 'leases', 'attempts', 'fills', 'grids'].map((what) => `study_${what}`);
  const start = await study.call('run', '--json', '--quiet');
  expect(start.code).toBe(6);
  expect(start.stderr).toContain(
    'table study is not there, but tables beside it hold rows: study_attempts, study_fills',
  );
  const refused = await study.call('delete');
  expect(refused.code).toBe(8);
  expect(refused.stderr).toContain(`There is no table study of`);
  expect(refused.stderr).toContain(
    `What is left, ${left.join(', ')} would be dropped. Left alone, not the study's own: `,
  );
  for (const other of [
    'study__v2 (its columns',
    'study__steps (its foreign key refers to kept)',
    'study_codecarbon (its',
  ])
    expect(refused.stderr).toContain(other);
  expect(JSON.parse((await study.call('delete', '--yes', '--json')).stdout)).toEqual({
    v: 1,
    deleted: true,
    tables: left,
    leftAlone: ['study__steps', 'study__v2', 'study_codecarbon'],
  });
  const after = openNativeSqlite(join(study.path, 'study.sqlite'));
  const tables = after.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all(); // prettier-ignore
  after.close();
  expect(tables.map(({ name }) => name)).toEqual(['kept', 'study__steps', 'study__v2', 'study_codecarbon']);
  expect((await study.call('delete', '--yes')).stdout).toMatch(/^There is no table study .*nothing to delete/);
});

it('prints the JSON Schema', async () => {
  const { code, stdout } = await studyFolder({}).call('schema');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: ['table'] });
});

it('checks everything', async () => {
  const study = studyFolder(kindsStudy(['quick'], [1, 2]));
  expect(JSON.parse((await study.call('check', '--json')).stdout)).toMatchObject({
    v: 1,
    ok: true,
    study: 'study',
    experiments: 2,
    tables: false,
  });
});
