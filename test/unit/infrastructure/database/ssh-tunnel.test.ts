import { describe, expect, it } from 'vitest';
import type { SshTunnelConfiguration } from '../../../../src/infrastructure/config/schema/configuration.ts';
import { isRefusal, sshError } from '../../../../src/infrastructure/database/mysql/ssh-errors.ts';
import { sshArguments } from '../../../../src/infrastructure/database/mysql/ssh-tunnel.ts';

const tunnel: SshTunnelConfiguration = {
  host: 'gate.example.org',
  port: null,
  user: null,
  keyFile: null,
  passphrase: null,
  knownHostsFile: null,
  remoteHost: 'db',
  remotePort: 3306,
};

describe('the arguments of ssh', () => {
  it('end with the way, leave to its configuration what is not given, and say themselves what decides about trust', () => {
    const args = sshArguments(tunnel);
    expect(args.slice(-4)).toEqual(['-W', 'db:3306', '--', 'gate.example.org']);
    expect(args).not.toContain('-p');
    expect(args).not.toContain('-l');
    const options = args.filter((_, index) => args[index - 1] === '-o');
    for (const option of ['StrictHostKeyChecking=yes', 'BatchMode=yes', 'PasswordAuthentication=no', 'ForwardAgent=no'])
      expect(options).toContain(option);
    for (const option of ['ControlMaster=no', 'ServerAliveInterval=10', 'ServerAliveCountMax=3'])
      expect(options).toContain(option);
    expect(options.join()).not.toMatch(/KnownHosts|IdentityFile|ControlPath/);
  });

  it('name port, user, key and known hosts, and nothing in a path means anything to ssh', () => {
    const given = {
      port: 2222,
      user: 'me',
      keyFile: '/home/a b/50%h',
      knownHostsFile: '/c d/%u known',
      remoteHost: '::1',
    };
    const args = sshArguments({ ...tunnel, ...given });
    expect(args.slice(-8)).toEqual(['-p', '2222', '-l', 'me', '-W', '[::1]:3306', '--', 'gate.example.org']);
    expect(args).toContain('IdentityFile="/home/a b/50%%h"');
    expect(args).toContain('IdentitiesOnly=yes');
    expect(args).toContain('UserKnownHostsFile="/c d/%%u known"');
    expect(args).toContain('GlobalKnownHostsFile=none');
  });

  it('never hold a passphrase', () => {
    const args = sshArguments({ ...tunnel, passphrase: 'hunter2' });
    expect(args.join(' ')).not.toContain('hunter2');
    expect(args).toContain('BatchMode=no');
  });
});

const changed = `@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@
The fingerprint for the ED25519 key sent by the remote host is
SHA256:UFwS9chbaimtDDiFIfipJNz0+UJ8UHYs6OYZ2uLlpiQ.
Please contact your system administrator.
Add correct host key in /home/me/known hosts to get rid of this message.
Offending ED25519 key in /home/me/known hosts:7
  remove with:
  ssh-keygen -f "/home/me/known hosts" -R "[gate.example.org]:2222"
Host key for [gate.example.org]:2222 has changed and you have requested strict checking.
Host key verification failed.
`;

describe('what ssh says', () => {
  it('about a changed key becomes an error that nobody tries again, with key, file and command', () => {
    const { code, message } = sshError(changed, { ...tunnel, port: 2222, user: 'me' });
    expect(code).toBe('DATABASE_UNSUPPORTED');
    for (const word of [
      'not the known one of /home/me/known hosts, line 7',
      'ED25519 key SHA256:UFwS9chbaimtDDiFIfipJNz0+UJ8UHYs6OYZ2uLlpiQ.',
      'ssh-keygen -f "/home/me/known hosts" -R "[gate.example.org]:2222"',
      'ssh -p 2222 me@gate.example.org',
    ])
      expect(message).toContain(word);
  });

  it.each([
    [
      'No ED25519 host key is known for gate and you have requested strict checking.\r\nHost key verification failed.\r\n',
      'none is taken on trust',
    ],
    ['Host key verification failed.\nConnection closed by UNKNOWN port 65535\n', 'none is taken on trust'],
    ['@ WARNING: REVOKED HOST KEY DETECTED! @\nHost key verification failed.\n', 'revoked'],
  ])('about an unknown or revoked key, too: %j', (said, words) => {
    expect(sshError(said, tunnel)).toMatchObject({
      code: 'DATABASE_UNSUPPORTED',
      message: expect.stringContaining(words),
    });
  });

  it.each([
    ['me@gate: Permission denied (publickey).\n', 'let nobody in: me@gate: Permission denied', true],
    [
      'Load key "/k": bad permissions\nme@gate: Permission denied (publickey).\n',
      'Load key "/k": bad permissions; me@gate',
      true,
    ],
    ['Received disconnect: Too many authentication failures\n', 'let nobody in', true],
    [
      'Welcome!\nchannel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n',
      'cannot reach the database server db:3306: Connection refused',
      false,
    ],
    [
      'channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed\n',
      'AllowTcpForwarding',
      false,
    ],
    ['ssh: connect to host gate port 22: Connection refused\n', 'cannot be reached: ssh: connect to host', false],
    ['ssh: Could not resolve hostname gate: Name or service not known\n', 'Could not resolve hostname', false],
    ['', 'ssh ended without a word', false],
  ])('about anything else may pass: %j', (said, words, refusal) => {
    expect(sshError(said, tunnel)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(words),
    });
    expect(isRefusal(said)).toBe(refusal);
  });
});
