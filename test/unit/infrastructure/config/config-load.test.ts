import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeConfiguration } from '../../../../src/infrastructure/config/describe.ts';
import { load, minimal, refusal, temporaryFolder } from '../../../support/configurations.ts';

describe('a configuration', () => {
  it.each([
    ['db', 'db'],
    ['db_1.example.org', 'db_1.example.org'],
    ['10.96.0.7', '10.96.0.7'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['fe80::a:1%eth0', 'fe80::a:1%eth0'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['[2001:db8:0:0:0:0:0:1]', '2001:db8:0:0:0:0:0:1'],
  ])('takes the host %s', (host, address) => {
    const sshTunnel = { host, remoteHost: host };
    expect(load(minimal({ database: { provider: 'mysql', name: 'studies', host, sshTunnel } })).database).toMatchObject(
      {
        host: address,
        sshTunnel: { host: address, remoteHost: address },
      },
    );
  });

  it('is filled up with defaults', () => {
    const configuration = load(minimal());
    expect(configuration).toMatchObject({
      file: null,
      directory: process.cwd(),
      experiment: null,
      database: { provider: 'sqlite', file: join(process.cwd(), 'experiments.sqlite'), synchronous: 'full' },
      study: {
        table: 'study',
        keyfields: [{ name: 'seed', type: { sql: 'INT' } }],
        resultfields: [],
        resultTimestamps: false,
        logtables: [],
      },
      custom: {},
      emissions: {
        enabled: false,
        countryIsoCode: null,
        trackingMode: 'process',
        measurePowerSeconds: 15,
        outputFile: null,
        cpuWatts: null,
        powerUsageEffectiveness: 1,
      },
      log: { level: 'info', file: null },
    });
    expect(configuration.runner).toEqual({
      name: 'ts-experimenter',
      workers: availableParallelism(),
      maxExperiments: null,
      randomOrder: false,
      timeoutSeconds: null,
      maxAttempts: 3,
      retries: 0,
      heartbeatSeconds: 10,
      leaseSeconds: 60,
      isolation: 'thread',
      memoryMegabytes: null,
    });
  });

  it('means the same in JSON, in YAML and as an object', () => {
    using folder = temporaryFolder();
    const settings = minimal({
      $schema: './config.schema.json',
      runner: { workers: 3, timeoutSeconds: 0.5, name: 'ünïcode ✓' },
      custom: { nested: { list: [1, 'two', null, true, 1.5], big: 12345 }, 'a.b': { c: 1 } },
    });
    const [json, yaml] = [load(folder.write('a.json', settings)), load(folder.write('b.yaml', stringify(settings)))];
    const object = load(settings);
    const { file: _, directory: __, database: ___, ...rest } = object;
    expect(json).toMatchObject(rest);
    expect(yaml).toMatchObject(rest);
    expect(rest.custom).toEqual(settings['custom']);
  });

  it.each(['json', 'yml'])('keeps integers beyond 2^53 exact, or refuses them (%s)', (extension) => {
    using folder = temporaryFolder();
    const write = (values: string, custom: string): string =>
      folder.write(
        `a.${extension}`,
        `{"table":{"name":"t","keyfields":{"k":{"type":"BIGINT","values":[${values}]}}},"custom":{"n":${custom}}}`,
      );
    const { grid, custom } = load(write('9007199254740993, -7', '100000000000000000000'));
    expect(grid.keyfields['k']?.values).toEqual([9007199254740993n, -7]);
    expect(custom).toEqual({ n: 1e20 });
    expect(refusal(write('1', '9007199254740993')).message).toMatch(
      /:1: custom\.n: found 9007199254740993; allowed a finite number that a double keeps as it is written, or a text$/,
    );
  });

  it('resolves paths against its own directory, wherever it is loaded from', () => {
    using folder = temporaryFolder();
    folder.write('svm.experiment.ts', 'export default () => {}');
    const file = folder.write(
      'exp.json',
      minimal({
        experiment: { module: './svm.experiment.ts' },
        database: { file: 'data/svm.sqlite' },
        log: { file: 'run.log' },
      }),
    );
    const configuration = load(relative(process.cwd(), file));
    expect(configuration).toMatchObject({
      file,
      directory: folder.path,
      experiment: { kind: 'module', file: join(folder.path, 'svm.experiment.ts') },
      database: { file: join(folder.path, 'data/svm.sqlite') },
      log: { file: join(folder.path, 'run.log') },
    });
  });

  it('resolves a program with a slash, and leaves any other to PATH', () => {
    const command = (...words: string[]) => load(minimal({ experiment: { command: words } })).experiment;
    expect(command('python3', 'train.py', '')).toEqual({ kind: 'command', command: ['python3', 'train.py', ''] });
    expect(command('./train', '--lr={lr}')).toEqual({
      kind: 'command',
      command: [join(process.cwd(), 'train'), '--lr={lr}'],
    });
  });

  it('takes the shapes of a study', () => {
    const { study } = load(
      minimal({
        table: {
          name: 'svm',
          keyfields: {
            kernel: { type: 'VARCHAR(255)', values: ['linear', 'rbf'] },
            gamma: { type: 'DOUBLE', values: { logspace: [0.001, 1, 4] }, when: { kernel: ['rbf'] } },
            seed: { type: 'INT', values: { start: 0, stop: 5, step: 1 } },
          },
          exclude: [{ kernel: 'linear', seed: 4 }],
          resultfields: { accuracy: 'DOUBLE', confusion: 'JSON' },
          resultTimestamps: true,
          logtables: { folds: { fold: 'INT' } },
        },
      }),
    );
    expect(study).toMatchObject({
      table: 'svm',
      keyfields: [{ name: 'kernel' }, { name: 'gamma' }, { name: 'seed' }],
      resultfields: [
        { name: 'accuracy', type: { sql: 'DOUBLE' } },
        { name: 'confusion', type: { sql: 'JSON' } },
      ],
      resultTimestamps: true,
      logtables: [{ name: 'folds', columns: [{ name: 'fold' }] }],
    });
  });

  it('described and loaded again it is the same study', () => {
    const first = load(
      minimal({
        table: {
          name: 'svm',
          keyfields: {
            kernel: { type: 'VARCHAR(255)', values: ['linear', 'rbf'] },
            gamma: { type: 'DOUBLE', values: { linspace: [0, 1, 5] }, when: { kernel: 'rbf' } },
            big: { type: 'BIGINT', values: [2n ** 62n] },
          },
          exclude: [{ kernel: 'rbf', gamma: [0] }],
          logtables: { folds: { fold: 'INT' } },
        },
      }),
    );
    const { table, runner, custom, emissions, log } = describeConfiguration(first);
    const second = load({ table, runner, custom, emissions, log });
    expect({ ...second, record: null }).toEqual({ ...first, record: null }); // that is as it was written
    expect(JSON.parse(JSON.stringify(describeConfiguration(second)))).toEqual(describeConfiguration(first));
  });

  it('names its experiment module when it does not exist, after everything else is right', () => {
    using folder = temporaryFolder();
    const error = refusal(folder.write('exp.json', minimal({ experiment: { module: 'gone.ts' } })));
    expect(error.code).toBe('MODULE_INVALID');
    expect(error.message).toContain(`experiment.module: found no file ${join(folder.path, 'gone.ts')}`);
    expect(error.message).toMatch(/exp\.json:\d+: /);
  });
});

describe('who has the last word', () => {
  const file = minimal({ runner: { workers: 2, name: 'file' }, custom: { deep: { one: 1 } } });

  it('is --set, then the environment, then the file, then the default', () => {
    const env = {
      TS_EXPERIMENTER_RUNNER_WORKERS: '3',
      TS_EXPERIMENTER_RUNNER_RANDOM_ORDER: 'true',
      TS_EXPERIMENTER_OTHER: 'not ours',
    };
    expect(load(file, { env }).runner).toMatchObject({ workers: 3, name: 'file', randomOrder: true, retries: 0 });
    expect(load(file, { env, set: ['runner.workers=4', 'runner.workers=5'] }).runner).toMatchObject({
      workers: 5,
      randomOrder: true,
    });
  });

  it('reads a value as JSON, and as text where a text belongs or it is no JSON', () => {
    const set = [
      'runner.name=2024',
      'runner.timeoutSeconds=0.5',
      'runner.maxExperiments=null',
      'custom.path=/data',
      'custom.list=[1,"a"]',
      'custom.flag=true',
      'log.file=null',
      'database.file="a b"',
    ];
    expect(load(file, { set })).toMatchObject({
      runner: { name: '2024', timeoutSeconds: 0.5, maxExperiments: null },
      custom: { path: '/data', list: [1, 'a'], flag: true, deep: { one: 1 } },
      log: { file: null },
      database: { file: join(process.cwd(), 'a b') },
    });
  });

  it('reaches into what the user named, leaving the rest', () => {
    const set = [
      'custom.deep.two=2',
      'custom.new.three=3',
      'table.keyfields.lr.type=DOUBLE',
      'table.keyfields.lr.values=[0.1]',
      'table.resultfields.loss=DOUBLE',
    ];
    const configuration = load(file, { set });
    expect(configuration.custom).toEqual({ deep: { one: 1, two: 2 }, new: { three: 3 } });
    expect(configuration.study.keyfields.map(({ name }) => name)).toEqual(['seed', 'lr']);
    expect(configuration.study.resultfields.map(({ name }) => name)).toEqual(['loss']);
    expect(file['custom']).toEqual({ deep: { one: 1 } });
  });

  it('changes the provider or the kind of experiment as a whole', () => {
    const sqlite = minimal({ database: { file: 'x.sqlite' }, experiment: { module: 'gone.ts' } });
    const set = ['database.provider=mysql', 'database.name=studies', 'experiment.command=["true"]'];
    expect(load(sqlite, { set })).toMatchObject({
      database: { provider: 'mysql', name: 'studies' },
      experiment: { kind: 'command' },
    });
    expect(
      load(sqlite, { set: ['experiment.module=null'], env: { TS_EXPERIMENTER_DATABASE_PASSWORD: 'unused' } }),
    ).toMatchObject({ database: { provider: 'sqlite' }, experiment: null });
  });
});
