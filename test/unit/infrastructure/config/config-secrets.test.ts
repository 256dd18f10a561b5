import { inspect } from 'node:util';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeConfiguration } from '../../../../src/infrastructure/config/describe.ts';
import { secretObjection } from '../../../../src/infrastructure/config/sources/document.ts';
import { load, minimal, refusal, temporaryFolder } from '../../../support/configurations.ts';

const canary = 'hunter2-canary';
const mysql = (more: object) => minimal({ database: { provider: 'mysql', name: 'studies', ...more } });

describe('secrets', () => {
  it.each(['a.json', 'a.yml'])('come from a credentials file (%s) that its owner alone can read', (name) => {
    using folder = temporaryFolder();
    const content = { user: 'me', password: canary };
    folder.write(name, name.endsWith('json') ? content : stringify(content), 0o600);
    const file = folder.write('exp.json', mysql({ credentials: name }));
    expect(load(file).database).toMatchObject({ user: 'me', password: canary });
    expect(
      load(file, { env: { TS_EXPERIMENTER_DATABASE_PASSWORD: 'other' }, set: ['database.user=you'] }).database,
    ).toMatchObject({ user: 'you', password: 'other' });
  });

  it.each([0o644, 0o650, 0o604, 0o660])('are refused in a file of permissions %o', (mode) => {
    using folder = temporaryFolder();
    chmodSync(folder.write('secret.json', { user: 'me', password: canary }), mode);
    const { message } = refusal(folder.write('exp.json', mysql({ credentials: 'secret.json' })));
    expect(message).toMatch(
      new RegExp(
        `exp\\.json:\\d+: database\\.credentials: .*secret\\.json: found permissions ${mode.toString(8)}: .*chmod 600 '.*secret\\.json'`,
      ),
    );
    expect(message).not.toContain(canary);
  });

  it('in a file that a group may read are taken where root owns it, as orchestrators mount them', () => {
    const owned = (uid: number, mode: number) => secretObjection({ path: "it's", uid, mode: 0o100_000 | mode });
    const self = process.getuid?.() ?? 0;
    for (const mode of [0o400, 0o440, 0o600, 0o640]) expect(owned(0, mode)).toBeUndefined();
    for (const mode of [0o444, 0o460, 0o450, 0o644, 0o666])
      expect(owned(0, mode)).toContain(`found permissions ${mode.toString(8)}: `);
    const mine = self === 0 ? 4711 : self; // root may use the files of others
    expect(owned(mine, 0o600)).toBeUndefined();
    expect(owned(mine, 0o640)).toContain(String.raw`allowed 600: chmod 600 'it'\''s'`);
  });

  it.each(['\n', '\r\n', ''])('come from the file that …_FILE names, without the line end %j', (end) => {
    using folder = temporaryFolder();
    const secret = folder.write('password', ` a\n${canary} ${end}`, 0o600);
    const env = { TS_EXPERIMENTER_DATABASE_PASSWORD_FILE: secret };
    expect(load(mysql({}), { env }).database).toMatchObject({ password: ` a\n${canary} ` });
    const tunnel = { TS_EXPERIMENTER_DATABASE_SSH_TUNNEL_PASSPHRASE_FILE: secret };
    expect(load(mysql({ sshTunnel: { host: 'gate' } }), { env: tunnel }).database).toMatchObject({
      sshTunnel: { passphrase: ` a\n${canary} ` },
    });
  });

  it('from a file that …_FILE names are refused where others can read it, it is too large, or twice given', () => {
    using folder = temporaryFolder();
    const name = 'TS_EXPERIMENTER_DATABASE_PASSWORD_FILE';
    const message = (file: string, more: Record<string, string> = {}): string =>
      refusal(mysql({}), { env: { [name]: file, ...more } }).message;
    expect(message(folder.write('open', canary, 0o644))).toMatch(
      /^TS_EXPERIMENTER_DATABASE_PASSWORD_FILE: database\.password: .*open: found permissions 644: other users/,
    );
    expect(message(folder.write('large', canary.repeat(100_000), 0o600))).toContain('allowed at most 1000000');
    expect(message(join(folder.path, 'gone'))).toContain('found no file');
    expect(message(folder.path)).toContain('found a directory or device');
    const twice = message(folder.write('shut', canary, 0o600), { TS_EXPERIMENTER_DATABASE_PASSWORD: canary });
    expect(twice).toContain('found TS_EXPERIMENTER_DATABASE_PASSWORD beside it; allowed one of the two');
    expect(twice).not.toContain(canary);
    const misspelt = refusal(mysql({}), { env: { TS_EXPERIMENTER_DATABASE_PASWORD_FILE: 'x' } });
    expect(misspelt.message).toContain(`(did you mean ${name}?)`);
  });

  it.each([
    [
      'an unknown key',
      { user: 'me', pasword: canary },
      'pasword: found an unknown key; allowed user, password, sshPassphrase',
    ],
    [
      'a number',
      { user: 'me', password: 271_828 },
      'password: found [secret] of type number; allowed a text (digits alone need quotes)',
    ],
    ['an object', { password: { text: canary } }, 'password: found [secret] of type object'],
    ['a list', [canary], 'found no keys; allowed user and password'],
  ])('are refused in a credentials file with %s, unseen', (_what, content, line) => {
    using folder = temporaryFolder();
    folder.write('secret.json', content, 0o600);
    const { message } = refusal(folder.write('exp.json', mysql({ credentials: 'secret.json' })));
    expect(message).toContain(line);
    expect(message).not.toMatch(/canary|271828/);
  });

  it('of a tunnel come from the same file or the environment, and are not shown', () => {
    using folder = temporaryFolder();
    folder.write('secret.json', { user: 'me', sshPassphrase: canary }, 0o600);
    const file = folder.write('exp.json', mysql({ credentials: 'secret.json', sshTunnel: { host: 'gate' } }));
    const { database } = load(file);
    expect(database).toMatchObject({
      sshTunnel: { host: 'gate', port: null, passphrase: canary, remoteHost: '127.0.0.1', remotePort: 3306 },
    });
    expect(JSON.stringify(describeConfiguration(load(file)))).not.toContain(canary);
    const env = { TS_EXPERIMENTER_DATABASE_SSH_TUNNEL_PASSPHRASE: 'other' };
    expect(load(file, { env }).database).toMatchObject({ sshTunnel: { passphrase: 'other' } });
    const set = [`database.sshTunnel.passphrase=${canary}`];
    expect(refusal(file, { set }).message).toMatch(/passphrase: found on the command line/);
    const there = { host: 'gate', passphrase: canary };
    const { message } = refusal(folder.write('b.json', mysql({ credentials: 'secret.json', sshTunnel: there })));
    expect(message).toContain('database.sshTunnel.passphrase: found passphrase here and in the credentials file');
    expect(message).not.toContain(canary);
    const pasted = mysql({ sshTunnel: { host: 'gate', keyFile: `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}` } });
    expect(refusal(folder.write('c.json', pasted)).message).not.toContain(canary);
  });

  it('are not in the error of a missing credentials file, nor of one given twice', () => {
    using folder = temporaryFolder();
    expect(refusal(folder.write('a.json', mysql({ credentials: 'gone.yml', password: canary }))).message).toMatch(
      /database\.credentials: .*gone\.yml: found no file \/.*; write user and password there/,
    );
    folder.write('secret.json', { password: canary }, 0o600);
    const { message } = refusal(folder.write('b.json', mysql({ credentials: 'secret.json', password: canary })));
    expect(message).toContain(
      'database.password: found password here and in the credentials file; allowed one of them, or TS_EXPERIMENTER_DATABASE_PASSWORD',
    );
    expect(message).not.toContain(canary);
  });

  it.each([
    ['as a list', mysql({ password: [canary] })],
    ['with a NUL', mysql({ password: `${canary}\0` })],
    ['under a misspelt key', mysql({ pasword: canary })],
    ['in a section that is a URL', minimal({ database: `mysql://root:${canary}@db/x` })],
    ['in a pasted key', mysql({ ssl: { key: `-----BEGIN PRIVATE KEY-----\n${canary}`, cert: 'x' } })],
    ['inside an object in the wrong place', mysql({ port: { password: canary } })],
    ['with the wrong provider', minimal({ database: { password: canary } })],
  ])('stay out of the errors about them: %s', (_what, settings) => {
    expect(refusal(settings).message).not.toContain(canary);
  });

  it.each([
    ['broken.yml', `database:\n  password: *${canary}\n`],
    ['broken.yml', `database:\n  password: !${canary}\n`],
    ['broken.yml', `database:\n  password: "\\${canary}\n`],
    ['broken.yml', `database:\n  password: ${canary}: ${canary}\n`],
    ['broken.json', `{ "database": { "password": ${canary} } }`],
    ['broken.json', `{ "database": { "password": "${canary} } }`],
  ])('stay out of syntax errors (%s)', (name, text) => {
    using folder = temporaryFolder();
    expect(refusal(folder.write(name, text)).message).not.toContain('canary');
  });

  it('are refused on the command line', () => {
    const { message } = refusal(mysql({}), { set: [`database.password=${canary}`] });
    expect(message).toContain(
      '--set: database.password: found on the command line, which every user of the machine can read; allowed in TS_EXPERIMENTER_DATABASE_PASSWORD',
    );
    expect(message).not.toContain(canary);
  });

  it('may be empty, or look like anything, in the environment', () => {
    for (const password of ['', 'null', '{"a', '123', '"x"']) {
      expect(load(mysql({}), { env: { TS_EXPERIMENTER_DATABASE_PASSWORD: password } }).database).toMatchObject({
        password,
      });
    }
  });

  it.each([
    ...['password', 'db_password', 'DBPASSWORD', 'password2', 'passwd', 'PWD', 'passphrase', 'ssh-passphrase'],
    ...['secret', 'client_secret', 'token', 'accessToken', 'HF_TOKEN', 'bearer', 'authorization', 'Authorization'],
    ...['cookie', 'Set-Cookie', 'credentials', 'dsn', 'SENTRY_DSN', 'connectionString', 'connection_string', 'auth'],
    ...['secret_access_key', 'AWS_SECRET_ACCESS_KEY', 'apiKey', 'api_key', 'X-Api-Key', 'private_key', 'privateKeys'],
  ])('in custom are called %s, and never shown', (name) => {
    const custom = {
      [name]: canary,
      in: [{ [name]: [canary, { deep: canary, on: true, none: null }] }],
      [`${name}_x`]: 1,
    };
    const configuration = load(minimal({ custom }));
    const shown = describeConfiguration(configuration)['custom'];
    expect(shown).toEqual({
      [name]: '[secret]',
      in: [{ [name]: ['[secret]', { deep: '[secret]', on: true, none: null }] }],
      [`${name}_x`]: 1,
    });
    expect(configuration.record.text).not.toContain(canary);
    expect(configuration.custom).toEqual(custom); // handed to the experiment unchanged
  });

  it.each([
    ...['tokenizer', 'max_tokens', 'tokens', 'keyfield', 'author', 'authors', 'passes', 'secretary', 'cookiecutter'],
    ...['key', 'keyboard', 'monkey', 'hotkey', 'password_file', 'token_count', 'url', 'api'],
  ])('in custom are not called %s', (name) => {
    expect(describeConfiguration(load(minimal({ custom: { [name]: 'plain' } })))['custom']).toEqual({
      [name]: 'plain',
    });
  });

  it.each([
    [`mysql://me:${canary}@db/x`, 'mysql://me:[secret]@db/x'],
    [`see postgres://me:${canary}/@x@db:5432/x?a=b now`, 'see postgres://me:[secret]@db:5432/x?a=b now'],
    [`a https://:${canary}@one b https://u:${canary}@two`, 'a https://:[secret]@one b https://u:[secret]@two'],
    [`Server=db;Password=${canary};Port=1`, 'Server=db;Password=[secret];Port=1'],
    [`https://api.example.org/?token=${canary}&page=2`, 'https://api.example.org/?token=[secret]&page=2'],
    ['ssh://git@github.com:22/x', 'ssh://git@github.com:22/x'],
    ['mail me@example.org: now', 'mail me@example.org: now'],
  ])('are not shown within texts of custom: %s', (text, shown) => {
    expect(describeConfiguration(load(minimal({ custom: { list: [text] } })))['custom']).toEqual({ list: [shown] });
  });

  it('are never printed', () => {
    const configuration = load({
      ...mysql({ password: canary, user: 'me' }),
      custom: { apiKey: canary, nested: { my_token: canary }, tokenizer: 'bert' },
    });
    const described = describeConfiguration(configuration);
    expect(inspect(described, { depth: null }) + JSON.stringify(described)).not.toContain(canary);
    expect(described).toMatchObject({
      database: { user: 'me', password: '[secret]' },
      table: { name: 'study', keyfields: { seed: { type: 'INT', values: [1, 2] } } },
      custom: { apiKey: '[secret]', nested: { my_token: '[secret]' }, tokenizer: 'bert' },
    });
  });
});
