import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { load, minimal, refusal, temporaryFolder } from '../../../support/configurations.ts';

describe('a refusal', () => {
  it('has a line for every problem, with the line of the file', () => {
    using folder = temporaryFolder();
    const text =
      'runner:\n  worker: 4\n  retries: -1\ntable:\n  name: t\n  keyfields:\n    seed:\n      type: INTT\n      values: [1]\n';
    const lines = refusal(folder.write('exp.yml', text))
      .message.split('\n')
      .map((line) => line.replace(folder.path, '.'));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\.\/exp\.yml:2: runner\.worker: /);
    expect(lines[1]).toMatch(/^\.\/exp\.yml:3: runner\.retries: found -1; /);
    expect(lines[2]).toMatch(/^\.\/exp\.yml:8: table\.keyfields\.seed\.type: /);
  });

  it('names the environment variable or --set that caused it', () => {
    const env = { TS_EXPERIMENTER_RUNNER_WORKERS: 'many', TS_EXPERIMENTER_RUNNER_WORKES: '1' };
    expect(refusal(minimal(), { env }).message.split('\n')).toEqual([
      'TS_EXPERIMENTER_RUNNER_WORKES: (root): found an environment variable that belongs to no key (did you mean TS_EXPERIMENTER_RUNNER_WORKERS?)',
      'TS_EXPERIMENTER_RUNNER_WORKERS: runner.workers: found "many"; allowed "auto" or an integer from 1 to 1024',
    ]);
    expect(refusal(minimal(), { env: { TS_EXPERIMENTER_RUNNER_NAME: '' } }).message).toBe(
      'TS_EXPERIMENTER_RUNNER_NAME: runner.name: found an empty text; allowed a name of 1 to 255 characters',
    );
    expect(refusal(minimal(), { set: ['table.keyfields.seed.type=INTT'] }).message).toMatch(
      /^--set: table\.keyfields\.seed\.type: /,
    );
  });

  it('is not about the variables that Kubernetes has for a service of our name', () => {
    const service = (name: string, port: number) => ({
      [`${name}_SERVICE_HOST`]: '10.96.0.7',
      [`${name}_SERVICE_PORT`]: String(port),
      [`${name}_SERVICE_PORT_MYSQL_TLS`]: String(port),
      [`${name}_PORT`]: `tcp://10.96.0.7:${port}`,
      [`${name}_PORT_${port}_TCP`]: `tcp://10.96.0.7:${port}`,
      [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
      [`${name}_PORT_${port}_TCP_PORT`]: String(port),
      [`${name}_PORT_${port}_TCP_ADDR`]: '10.96.0.7',
      [`${name}_PORT_53_UDP`]: 'udp://10.96.0.7:53',
    });
    const env = {
      ...service('TS_EXPERIMENTER', 3306),
      ...service('TS_EXPERIMENTER_DATABASE', 3306),
      ...service('TS_EXPERIMENTER_DATABASE_SSH_TUNNEL', 22),
      ...service('TS_EXPERIMENTER_RUNNER', 80),
    };
    const mysql = minimal({ database: { provider: 'mysql', name: 'studies', host: 'db', port: 3307 } });
    expect(load(mysql, { env }).database).toMatchObject({ host: 'db', port: 3307, sshTunnel: null });
    expect(load(mysql, { env: { ...env, TS_EXPERIMENTER_DATABASE_PORT: '3308' } }).database).toMatchObject({
      port: 3308,
    });
    const { message } = refusal(mysql, { env: { TS_EXPERIMENTER_DATABASE_PORT: 'http://db' } });
    expect(message).toContain('TS_EXPERIMENTER_DATABASE_PORT: database.port: found "http://db"; allowed an integer');
  });

  it.each([
    ['hunter2', '--set: (root): number 1 has no "="; allowed key.path=value, such as runner.workers=4'],
    ['runner=4', '--set: runner: found a section; allowed one of its keys: name, workers'],
    ['runner.wrokers=4', '--set: runner.wrokers: found an unknown key; allowed name, workers'],
    ['runner.workers.x=4', '--set: runner.workers.x: runner.workers has no keys of its own; allowed "auto"'],
    ['runner..workers=4', '--set: runner."".workers: a key is empty'],
    ['=4', '--set: "": a key is empty'],
    ['custom.__proto__.x=1', '--set: custom.__proto__.x: the key "__proto__" is refused'],
    [
      'custom.a={"a":1,"a":2}',
      '--set: custom.a: found a value that is not valid JSON: --set:1:8: the key "a" stands here twice',
    ],
    ['custom.a={"__proto__":1}', 'the key "__proto__" is refused'],
    ['custom.list.0=1', '--set: custom.list.0: found a list above it; allowed only inside an object'],
  ])('of --set %s', (assignment, line) => {
    expect(refusal(minimal({ custom: { list: [] } }), { set: [assignment] }).message).toContain(line);
  });

  it.each([
    [
      'gone.json',
      /gone\.json: found no file \/.*gone\.json; name it with --config, or write one: docs\/configuration\.md says how/,
    ],
    ['exp.toml', /exp\.toml: found the extension \.toml; allowed \.json, \.yml or \.yaml for a configuration/],
    ['config', /config: found no extension; allowed/],
  ])('of the file %s', (file, message) => {
    expect(refusal(file)).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as string });
  });

  it.skipIf(process.getuid?.() === 0)('of an unreadable file', () => {
    using folder = temporaryFolder();
    const file = folder.write('exp.json', {});
    chmodSync(file, 0);
    expect(refusal(file).message).toContain('cannot be read (EACCES)');
  });

  it('does not come of a good configuration of every section', () => {
    expect(() =>
      load(
        minimal({
          database: { provider: 'mysql', name: 'studies', ssl: true, port: 3307 },
          emissions: { enabled: true },
          log: { level: 'debug' },
        }),
      ),
    ).not.toThrow();
  });
});
