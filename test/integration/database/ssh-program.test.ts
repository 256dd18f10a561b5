import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SshTunnel } from '../../../src/infrastructure/database/mysql/ssh-tunnel.ts';
import { temporaryDirectory } from '../../support/databases.ts';

/* Programs that pose as ssh, to do what the real one seldom does. */

const configuration = {
  host: 'gate',
  port: null,
  user: null,
  keyFile: null,
  passphrase: null,
  knownHostsFile: null,
  remoteHost: 'db',
  remotePort: 3306,
};

let directory: string;
const program = (...lines: readonly string[]): void => {
  const starts = `echo "$$ $SSH_ASKPASS_REQUIRE $SSH_TUNNEL_PASSPHRASE" >> '${join(directory, 'starts')}'`;
  writeFileSync(join(directory, 'ssh'), ['#!/bin/sh', starts, ...lines].join('\n'), { mode: 0o755 });
};
const starts = (): readonly string[] => readFileSync(join(directory, 'starts'), 'utf8').trimEnd().split('\n');
const failure = async (stream: Duplex): Promise<Error> => ((await once(stream, 'error')) as [Error])[0];

beforeEach(() => {
  directory = temporaryDirectory();
  vi.stubEnv('PATH', [directory, process.env['PATH']].join(delimiter));
  vi.stubEnv('TS_EXPERIMENTER_DATABASE_PASSWORD', 'hunter2');
});
afterEach(() => vi.unstubAllEnvs());

describe('a tunnel', () => {
  it('whose host lets nobody in does not knock again at once', async () => {
    program("echo 'me@gate: Permission denied (publickey).' >&2", 'exit 255');
    const tunnel = new SshTunnel(configuration);
    for (const error of await Promise.all([1, 2, 3].map(() => failure(tunnel.connect())))) {
      expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringContaining('let nobody in') });
    }
    const knocked = starts().length;
    await failure(tunnel.connect());
    expect(starts()).toHaveLength(knocked);
    await tunnel.close();
  });

  it('passes data both ways, and the end of either side', async () => {
    program('exec cat');
    const tunnel = new SshTunnel(configuration);
    const stream = tunnel.connect();
    const heard: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => heard.push(chunk));
    const sent = Buffer.alloc(3_000_000, 'abc');
    stream.end(sent);
    await once(stream, 'close');
    expect(Buffer.concat(heard).equals(sent)).toBe(true);

    program('echo hello');
    const other = tunnel.connect();
    other.resume();
    await once(other, 'close');
    expect(other.errored).toBe(null); // as a server that closes
    await tunnel.close();
  });

  it('that breaks says so, with ssh’s own words and not its greeting', async () => {
    program(
      'echo hello',
      "echo 'Welcome to gate' >&2",
      "echo 'client_loop: send disconnect: Broken pipe' >&2",
      'exit 255',
    );
    const tunnel = new SshTunnel(configuration);
    const stream = tunnel.connect();
    stream.resume();
    expect(await failure(stream)).toMatchObject({
      code: 'ECONNRESET',
      message: 'the connection through SSH host gate broke: client_loop: send disconnect: Broken pipe',
    });
    await tunnel.close();
  });

  it('is closed even if ssh does not end by itself, or nobody has read what it says', async () => {
    program("trap '' TERM HUP", 'head -c 10000000 /dev/zero', 'exec sleep 1000');
    const tunnel = new SshTunnel(configuration);
    const stream = tunnel.connect();
    await once(stream, 'readable');
    const pid = Number(starts()[0]?.split(' ')[0]);
    await tunnel.close();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('tells ssh a passphrase in its environment alone, and of ours nothing', async () => {
    program(
      '"$SSH_ASKPASS" "Enter passphrase for key x: "',
      '"$SSH_ASKPASS" "PIN: " || echo "[no]"',
      'env',
      'echo "$@"',
    );
    const tunnel = new SshTunnel({ ...configuration, passphrase: 'open $HOME "sesame"' });
    const stream = tunnel.connect().setEncoding('utf8');
    let said = '';
    stream.on('data', (text: string) => (said += text));
    await once(stream, 'close');
    expect(said.startsWith('open $HOME "sesame"\n[no]\n')).toBe(true);
    expect(said.split('sesame')).toHaveLength(3); // the answer, and the environment
    expect(said).not.toContain('hunter2');
    const helper = /^SSH_ASKPASS=(.*)$/m.exec(said)?.[1] ?? '';
    expect(readFileSync(helper, 'utf8')).not.toContain('sesame');
    await tunnel.close();
    expect(existsSync(helper)).toBe(false);
  });
});
