import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { verbs } from '../../src/infrastructure/cli/verbs.ts';
import { type Ended, startMain, studyFolder, type StudyFolder } from '../support/command-line.ts';
import { describeOnPrivateServer, privateServer, temporaryDirectory } from '../support/databases.ts';
import type { PrivateServer } from '../support/private-server.ts';
import { describeOnSsh, SshServer } from '../support/ssh-server.ts';

/* A password that is nowhere else in the world, and then nowhere in what we say, write, store or hand to experiments. */

const right = `Canary-9b1e7f/"'&%@: x`;
const wrong = `Wrong-5c77aa/"'&%@: x`;

/** Every form in which a password may come out: its core survives quoting, escaping and percent signs. */
const forms = (password: string): readonly string[] => [
  password.slice(0, password.indexOf('/')),
  Buffer.from(password).toString('base64').slice(0, -4),
  Buffer.from(password).toString('base64url').slice(0, -4),
  Buffer.from(password).toString('hex'),
];

const expectNone = (text: string, where: string): void => {
  for (const form of [...forms(right), ...forms(wrong)]) {
    const at = text.toLowerCase().indexOf(form.toLowerCase());
    expect(at === -1 ? '' : `${where}: …${text.slice(Math.max(0, at - 200), at + 100)}…`).toBe('');
  }
};

/** Every verb with arguments that make it work; a new verb needs a line here. */
const calls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  run: [['run']],
  fill: [['fill']],
  plan: [['plan', '--explain']],
  status: [['status']],
  errors: [['errors']],
  list: [['list'], ['list', '--where', 'kind = fails']],
  show: [
    ['show', '1'],
    ['show', '2'],
  ],
  one: [['one', '1', '--again', '--yes']],
  table: [['table']],
  plot: [
    ['plot', 'box'],
    ['plot', 'box', '--output', 'box.svg', '--force'],
  ],
  reset: [['reset', '--id', '1', '--yes']],
  retry: [['retry']],
  resume: [['resume', '3']],
  export: [['export'], ['export', '--logtable', 'seen', '--output', 'seen.csv', '--force']],
  init: [['init', 'new-study']],
  check: [['check']],
  schema: [['schema']],
  completion: [['completion', 'bash']],
  delete: [['delete', '--yes']],
};

describeOnPrivateServer('a password', () => {
  let server: PrivateServer;
  let database: Record<string, unknown>;
  beforeAll(async () => {
    server = await privateServer();
    const { hostname: host, port } = new URL(server.url);
    const quoted = `'${right.replaceAll("'", "''")}'`;
    await server.sql(`CREATE USER 'canary'@'%' IDENTIFIED BY ${quoted}; GRANT ALL ON lab.* TO 'canary'@'%';`);
    database = { provider: 'mysql', host, port: Number(port), name: 'lab' };
  });

  const folderOf = (more: object = {}, experiment: object = {}): StudyFolder =>
    studyFolder({
      experiment: { module: fileURLToPath(new URL('../fixtures/cli/dump.mjs', import.meta.url)), ...experiment },
      database: { ...database, credentials: './secret.json', ...more },
      table: {
        name: 'canary',
        keyfields: { kind: { type: 'VARCHAR(20)', values: ['works', 'fails', 'pauses'] } },
        resultfields: { seen: 'LONGTEXT', score: 'DOUBLE' },
        logtables: { seen: { text: 'LONGTEXT' } },
      },
      runner: { workers: 2 },
      log: { level: 'debug', file: './run.log' },
    });

  const withSecret = (folder: StudyFolder, password: string, more: object = {}): StudyFolder => {
    chmodSync(folder.write('secret.json', { user: 'canary', password, ...more }), 0o600);
    return folder;
  };

  const examine = (args: readonly string[], { stdout, stderr }: Ended, folder: StudyFolder): void => {
    expectNone(stdout, `stdout of ${args.join(' ')}`);
    expectNone(stderr, `stderr of ${args.join(' ')}`);
    for (const file of folder.files()) {
      if (file !== 'secret.json' && statSync(join(folder.path, file)).isFile())
        expectNone(readFileSync(join(folder.path, file), 'utf8'), `${file} after ${args.join(' ')}`);
    }
  };

  const stored = async (): Promise<string> => {
    const names = (await server.sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'lab'"))
      .split('\n')
      .slice(1);
    const rows = await Promise.all(names.map(async (name) => server.sql(`SELECT * FROM lab.\`${name}\``)));
    return rows.join('\n');
  };

  it('each verb is tried', () => {
    expect(Object.keys(calls).toSorted()).toEqual(verbs.map(({ name }) => name).toSorted());
  });

  it('that is right is nowhere, whatever is called', async () => {
    const folder = withSecret(folderOf(), right);
    for (const args of [
      ...Object.values(calls).flat(),
      ['check', '--json'],
      ['run', '--json'],
      ['show', '2', '--json'],
    ]) {
      const ended = await folder.call(...args);
      expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(args[0] === 'run' ? 3 : 0);
      examine(args, ended, folder);
      if (args[0] !== 'run') continue;
      const text = await stored();
      expect(text).toContain('workerData'); // it did dump
      expect(text).toContain('PATH');
      expectNone(text, 'the database');
    }
    expect(existsSync(join(folder.path, 'seen.csv'))).toBe(true);
  });

  describeOnSsh('of the key of a tunnel', () => {
    it('is nowhere, whatever is called', async () => {
      const ssh = await SshServer.start();
      const keyFile = join(temporaryDirectory(), 'key');
      copyFileSync(ssh.keyFile, keyFile);
      execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', right, '-f', keyFile]);
      const folder = withSecret(folderOf({ sshTunnel: { ...ssh.tunnel, keyFile } }), right, { sshPassphrase: right });
      for (const args of [...Object.values(calls).flat(), ['check', '--json']]) {
        const ended = await folder.call(...args);
        expect(ended.code, `${args.join(' ')}: ${ended.stderr}`).toBe(args[0] === 'run' ? 3 : 0);
        examine(args, ended, folder);
        if (args[0] === 'run') expectNone(await stored(), 'the database');
      }
      const refused = withSecret(folderOf({ sshTunnel: { ...ssh.tunnel, keyFile } }), right, { sshPassphrase: wrong });
      for (const args of [['run'], ['status', '--json']]) {
        const ended = await refused.call(...args);
        expect([args[0], ended.code]).toEqual([args[0], 5]);
        examine(args, ended, refused);
      }
    });
  });

  it('from the environment does not reach experiments or commands', async () => {
    const environment = {
      TS_EXPERIMENTER_DATABASE_USER: 'canary',
      TS_EXPERIMENTER_DATABASE_PASSWORD: right,
      MYSQL_PWD: right,
      MYSQL_ROOT_PASSWORD: right,
      MARIADB_PASSWORD: right,
      MIKRO_ORM_PASSWORD: right,
      // of another project: must not lead ours astray
      MIKRO_ORM_SCHEMA: 'elsewhere',
      MIKRO_ORM_CLIENT_URL: 'mysql://nobody:nothing@nowhere/nothing',
      MIKRO_ORM_DEBUG: 'true',
    };
    const command = [
      process.execPath,
      '-e',
      'console.error(JSON.stringify([process.env, process.argv])); process.exit(3)',
    ];
    for (const experiment of [{}, { module: null, command }]) {
      const folder = folderOf({ credentials: null }, experiment);
      for (const args of [['run'], ['delete', '--yes']]) {
        const ended = await startMain([...args, '--config', join(folder.path, 'study.json')], folder.path, environment)
          .ended;
        expect([0, 3]).toContain(ended.code);
        examine(args, ended, folder);
        if (args[0] !== 'run') continue;
        const text = await stored();
        expect(text).toContain('PATH');
        expect(text).not.toContain('TS_EXPERIMENTER_');
        expectNone(text, 'the database');
      }
    }
  });

  it('that is wrong is nowhere either', async () => {
    const folder = folderOf({ credentials: null });
    const environment = { TS_EXPERIMENTER_DATABASE_USER: 'canary', TS_EXPERIMENTER_DATABASE_PASSWORD: wrong };
    const all: (readonly string[])[] = [
      ['run'],
      ['status'],
      ...Object.values(calls)
        .flat()
        .map((args) => [...args, '--json']),
    ];
    const next = async (): Promise<void> => {
      for (let args = all.pop(); args !== undefined; args = all.pop()) {
        const ended = await startMain([...args, '--config', join(folder.path, 'study.json')], folder.path, environment)
          .ended;
        expect([args.join(' '), ended.code]).toEqual([
          args.join(' '),
          ['schema', 'init', 'completion'].includes(args[0] ?? '') ? 0 : 5,
        ]);
        examine(args, ended, folder);
      }
    };
    await Promise.all([next(), next(), next()]);
  });

  it.each<[string, object, readonly string[]]>([
    ['a URL for the section', { database: `mysql://canary:${right}@db/lab` }, []],
    [
      'a URL for the host',
      { database: { provider: 'mysql', name: 'lab', host: `mysql://canary:${encodeURIComponent(right)}@db` } },
      [],
    ],
    [
      'a URL for the database',
      { database: { provider: 'mysql', name: `mysql://canary:${encodeURIComponent(right)}@db/lab?ssl=true` } },
      [],
    ],
    [
      'a pasted key',
      {
        database: { provider: 'mysql', name: 'lab', ssl: { key: `-----BEGIN PRIVATE KEY-----\n${right}`, cert: 'x' } },
      },
      [],
    ],
    ['a text for ssl', { database: { provider: 'mysql', name: 'lab', ssl: `?password=${right}` } }, []],
    ['a tunnel', { database: { provider: 'mysql', name: 'lab', sshTunnel: { host: 'x', password: right } } }, []],
    ['a flag', { database: { provider: 'mysql', name: 'lab' } }, ['--set', `database.password=${right}`]],
    [
      'a URL in a flag',
      { database: { provider: 'mysql', name: 'lab' } },
      ['--set', `database.host=mysql://canary:${encodeURIComponent(right)}@db`],
    ],
    ['a secret of the experiment', { custom: { apiToken: right, nested: { password: right } } }, []],
  ])('in the wrong place is refused unseen, or masked: %s', async (_what, sections, flags) => {
    const folder = studyFolder({
      experiment: { module: fileURLToPath(new URL('../fixtures/cli/dump.mjs', import.meta.url)) },
      table: { name: 'canary', keyfields: { kind: { type: 'VARCHAR(20)', values: ['works'] } } },
      ...sections,
    });
    for (const json of 'custom' in sections ? [['--json']] : [[]]) {
      const ended = await folder.call('check', ...json, ...flags);
      expectNone(ended.stdout + ended.stderr, 'check');
      expect(ended.code).toBe('custom' in sections ? 0 : 2);
    }
  });
});
