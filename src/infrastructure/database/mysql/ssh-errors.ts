import { ExperimenterError } from '../../../domain/errors.ts';
import type { SshTunnelConfiguration } from '../../config/schema/configuration.ts';

/**
 * Translates what ssh reported before it ended. A host key that is not the known one is `DATABASE_UNSUPPORTED`, which
 * is not tried again. All other failures may be temporary: `DATABASE_UNREACHABLE`.
 */
export const sshError = (said: string, tunnel: SshTunnelConfiguration): ExperimenterError => {
  const unsupported = (message: string) => new ExperimenterError('DATABASE_UNSUPPORTED', message);
  const host = `SSH host ${tunnel.host}`;
  const fingerprint = /The fingerprint for the (\S+) key sent by the remote host is\s+(\S+?)\.?\s/.exec(said);
  if (/HOST IDENTIFICATION HAS CHANGED/.test(said)) {
    const [, file = 'the known_hosts file', line] = /Offending .*? key in (.+):(\d+)/.exec(said) ?? [];
    const remove = /^\s*(ssh-keygen .*)$/m.exec(said)?.[1];
    return unsupported(
      `${host}: its key is not the known one of ${file}${line === undefined ? '' : `, line ${line}`}: it sent ` +
        `${fingerprint?.[1] ?? 'a'} key ${fingerprint?.[2] ?? 'unknown'}. Either the host was given a new key, or somebody in ` +
        'between poses as it. Nothing was sent. Ask its administrator for the fingerprint; only if it is this one, forget the old key' +
        `${remove === undefined ? '' : `: ${remove}`} and make the new one known: ${greeting(tunnel)}`,
    );
  }
  if (/REVOKED HOST KEY/.test(said)) {
    return unsupported(`${host}: its key is marked as revoked in known_hosts. Nothing was sent. Ask its administrator`);
  }
  if (/Host key verification failed/.test(said)) {
    const [, what = `${host}: its key is not known`] = /^(No .*? host key is known for .*?) and you/m.exec(said) ?? [];
    return unsupported(
      `${host}: ${what}${tunnel.knownHostsFile === null ? '' : ` in ${tunnel.knownHostsFile}`}, and none is taken on trust. ` +
        `Compare its fingerprint with what its administrator says, and make it known: ${greeting(tunnel)}`,
    );
  }
  const server = `${tunnel.remoteHost}:${tunnel.remotePort}`;
  const reason = lastLine(said);
  const unreachable = (message: string) => new ExperimenterError('DATABASE_UNREACHABLE', message);
  if (isRefusal(said)) {
    const [, problem] = /^(Load key .*)$/m.exec(said) ?? [];
    return unreachable(
      `${host} let nobody in: ${problem === undefined ? '' : `${problem}; `}${reason}; check database.sshTunnel.user and keyFile, ` +
        `or load the key into the agent with ssh-add, and try: ${greeting(tunnel)}`,
    );
  }
  const [, failure] = /open failed: (?:connect failed: )?(.*)$/m.exec(said) ?? [];
  if (failure !== undefined) {
    const hint = /prohibited/.test(failure)
      ? '; its administrator must permit forwarding (AllowTcpForwarding, PermitOpen)'
      : '';
    return unreachable(`${host} cannot reach the database server ${server}: ${failure.trim()}${hint}`);
  }
  return unreachable(`${host} cannot be reached: ${reason === '' ? 'ssh ended without a word' : reason}`);
};

/** The host refused the login. The host would treat quick further tries as an attack. */
export const isRefusal = (said: string): boolean => /Permission denied \(|Too many authentication failures/.test(said);

/** The command that a user runs by hand: ssh shows the fingerprint and asks for confirmation. */
const greeting = ({ host, port, user, knownHostsFile }: SshTunnelConfiguration): string =>
  [
    'ssh',
    ...(knownHostsFile === null ? [] : ['-o', `'UserKnownHostsFile="${knownHostsFile.replaceAll('%', '%%')}"'`]),
    ...(port === null ? [] : ['-p', String(port)]),
    user === null ? host : `${user}@${host}`,
  ].join(' ');

const lastLine = (said: string): string => said.trim().split(/\r?\n/).at(-1)?.trim() ?? '';
