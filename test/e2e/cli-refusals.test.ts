import { describe, expect, it } from 'vitest';
import { kindsStudy, startMain, studyFolder } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';

interface Refusal {
  readonly what: string;
  /** What is wrong: this key has this value; undefined: it is missing. */
  readonly at: string;
  readonly value: unknown;
  readonly code: number;
  readonly says: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'a misspelt key',
    at: 'runner',
    value: { worker: 4 },
    code: 2,
    says: /study\.json:\d+: runner\.worker: found an unknown key; allowed .*did you mean workers/,
  },
  {
    what: 'an unknown section',
    at: 'runnr',
    value: {},
    code: 2,
    says: /study\.json:\d+: runnr: .*did you mean runner/,
  },
  {
    what: 'a wrong type',
    at: 'runner',
    value: { workers: 'many' },
    code: 2,
    says: /study\.json:\d+: runner\.workers: found "many"; allowed /,
  },
  {
    what: 'empty values',
    at: 'table.keyfields.seed.values',
    value: [],
    code: 2,
    says: /study\.json:\d+: table\.keyfields\.seed\.values: .*empty/,
  },
  {
    what: 'a range that never ends',
    at: 'table.keyfields.seed.values',
    value: { start: 0, stop: 5, step: 0 },
    code: 2,
    says: /study\.json:\d+: table\.keyfields\.seed\.values.*step/,
  },
  {
    what: 'an exclude that names no keyfield',
    at: 'table.exclude',
    value: [{ sed: 1 }],
    code: 2,
    says: /study\.json:\d+: table\.exclude.*sed.*did you mean seed/,
  },
  {
    what: 'a reserved column name',
    at: 'table.resultfields.status',
    value: 'INT',
    code: 2,
    says: /study\.json:\d+: table\.resultfields\.status: .*/,
  },
  {
    what: 'an unknown column type',
    at: 'table.resultfields.accuracy',
    value: 'DUBLE',
    code: 2,
    says: /study\.json:\d+: table\.resultfields\.accuracy: "DUBLE".*did you mean DOUBLE/,
  },
  {
    what: 'a missing module',
    at: 'experiment.module',
    value: './missing.ts',
    code: 2,
    says: /study\.json:\d+: experiment\.module: found no file .*missing\.ts/,
  },
  {
    what: 'a module without a default export',
    at: 'experiment.module',
    value: './no-default.mjs',
    code: 2,
    says: /no-default\.mjs.*default/,
  },
  {
    what: 'no experiment',
    at: 'experiment',
    value: undefined,
    code: 2,
    says: /experiment\.module or experiment\.command/,
  },
  {
    what: 'a program that is not there',
    at: 'experiment',
    value: { command: ['no-such-program-here'] },
    code: 2,
    says: /no-such-program-here.*PATH/,
  },
  {
    what: 'a server that cannot be reached',
    at: 'database',
    value: { provider: 'mysql', host: '127.0.0.1', port: 1, name: 'x', user: 'u' },
    code: 5,
    says: /127\.0\.0\.1:1/,
  },
  {
    what: 'a directory that is not there',
    at: 'database.file',
    value: './nowhere/study.sqlite',
    code: 5,
    says: /nowhere/,
  },
  {
    what: 'a file that is no database',
    at: 'database.file',
    value: './no-default.mjs',
    code: 5,
    says: /no-default\.mjs/,
  },
];

const place = (object: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void => {
  if (rest.length > 0) place(object[key] as Record<string, unknown>, rest, value);
  else object[key] = value; // JSON leaves out what is undefined
};

describe('refused before anything is created', () => {
  for (const { what, at, value, code, says } of refusals) {
    it(`${what}: exit code ${code}`, async () => {
      const configuration = kindsStudy(['quick']);
      place(configuration, at.split('.'), value);
      const study = studyFolder(configuration);
      study.write('no-default.mjs', 'export const nothing = 1; // not a database either'.padEnd(5_000));
      const [ended, json] = await Promise.all([study.call('run'), study.call('check', '--json')]);
      expect(ended.stderr).toMatch(/^ts-experimenter: /);
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr).not.toMatch(/\n {4}at /);
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(json).toMatchObject({ code, stdout: '' });
      expect(JSON.parse(json.stderr)).toMatchObject({
        v: 1,
        error: { code: expect.any(String), message: expect.stringMatching(says) },
      });
      expect(study.files()).toEqual(['no-default.mjs', 'study.json']);
    });
  }

  it('a table whose columns differ: exit code 6, the table as it was', async () => {
    const configuration = kindsStudy(['quick'], [1, 2]);
    const study = studyFolder(configuration);
    await study.call('fill');
    place(configuration, ['table', 'keyfields', 'seed'], undefined);
    study.write('study.json', configuration);
    for (const ended of await Promise.all(['run', 'fill', 'check'].map(async (verb) => study.call(verb)))) {
      expect(ended).toMatchObject({ code: 6, stdout: '' });
      expect(ended.stderr).toMatch(/^ts-experimenter: .*seed/);
    }
    // Who only looks is shown what is there.
    expect(await study.call('list', '--json')).toMatchObject({ code: 0, stdout: expect.stringContaining('"seed":1') });
    study.write('study.json', kindsStudy(['quick'], [1, 2]));
    expect((await study.call('fill', '--json')).stdout).toBe('{"v":1,"added":0,"existing":2}\n');
  });
});

describe('usage', () => {
  const usages: readonly (readonly [args: string, says: RegExp])[] = [
    ['sttus', /there is no verb "sttus" \(did you mean status\?\)/],
    ['list --stats error', /unknown option '--stats'\n\(Did you mean --status\?\)/],
    ['list --status fialed', /--status: found "fialed".*allowed created, running, done, error, paused/],
    ['list --id 5-1', /--id: found "5-1"; allowed/],
    ['list --limit 0', /--limit: found "0"; allowed/],
    ['list --where sed=1', /sed.*\n/],
    ['show', /missing required argument 'id'/],
    ['show one', /id: found "one"; allowed/],
    ['run now', /too many arguments/],
    ['run --workers none', /--set: runner\.workers: found "none"; allowed/],
    ['run --set runner.wrkers=2', /--set: runner\.wrkers: found an unknown key.*did you mean workers/],
    ['export --format cvs', /--format: found "cvs"; allowed csv, jsonl, parquet, sqlite/],
    ['export --logtable stps', /--logtable: found "stps" \(did you mean steps\?\)/],
    ['reset', /--status, --id or --where, or --all/],
  ];
  for (const [args, says] of usages) {
    it(`${args}: exit code 2`, async () => {
      const study = studyFolder(kindsStudy(['quick']));
      const ended = await study.call(...args.split(' '));
      expect(ended.stderr).toMatch(/^ts-experimenter: /);
      expect(ended.stderr).toMatch(says);
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(study.files()).toEqual(['study.json']);
    });
  }

  it('no configuration: says how to give one', async () => {
    const path = temporaryDirectory();
    expect(await startMain([], path).ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/give --config FILE/),
    });
    expect(await startMain(['--config', 'no.json'], path).ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no\.json/),
    });
  });

  it('every verb has help with an example', async () => {
    const { path } = studyFolder({});
    const help = await startMain(['--help'], path).ended;
    expect(help).toMatchObject({ code: 0, stderr: '' });
    const verbs = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, verb]) => verb ?? '')
      .filter((verb) => verb !== 'help' && verb !== 'ts');
    expect(verbs).toContain('resume');
    for (const verb of verbs) {
      const { code, stdout } = await startMain([verb, '--help'], path).ended;
      expect(code, verb).toBe(0);
      expect(stdout).toContain(`  ts-experimenter ${verb} `);
    }
    expect(await startMain(['--version'], path).ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });
});
