import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { SshTunnelConfiguration } from '../schema/configuration.ts';
import { unbracketed } from '../schema/database.ts';
import { level, type SettingsSources } from '../sources/settings-sources.ts';
import { described, quoted } from '../../text/safe-text.ts';
import { schema, type Settings } from '../schema/schema.ts';

/** The SSH tunnel, if a host for it is named. */
export const tunnelOf = (
  { sshTunnel, host, port, socketPath }: Settings['database'],
  passphrase: string | null,
  sources: SettingsSources,
  directory: string,
): SshTunnelConfiguration | null => {
  const at = (key: string) => ['database', 'sshTunnel', key];
  if (sshTunnel.host === null) {
    // A machine's environment may hold a passphrase for studies that have a tunnel.
    const lonely = Object.keys(sshTunnel).find(
      (key) => ![0, level.environment].includes(sources.level(at(key).join('.'))),
    );
    if (lonely !== undefined && lonely !== 'host')
      sources.problems.add(at('host'), 'nothing', `${schema.database.sshTunnel.host.type.allowed}: ${lonely} needs it`);
    return null;
  }
  if (socketPath !== null) {
    sources.problems.add(
      ['database', 'socketPath'],
      'a socket of this machine, and a tunnel to another',
      'one of socketPath and sshTunnel',
    );
  }
  const file = (key: 'keyFile' | 'knownHostsFile'): string | null => {
    const given = sshTunnel[key];
    if (given === null) return null;
    const absolute = resolve(directory, given.replace(/^~(?=\/)/, homedir())); // as ssh reads such paths
    const { allowed } = schema.database.sshTunnel[key].type;
    // An error text must not contain a pasted key.
    if (/\n|-----/.test(given)) sources.problems.add(at(key), 'the text of a key', allowed);
    else if (!statSync(absolute, { throwIfNoEntry: false })?.isFile())
      sources.problems.add(at(key), `no file ${absolute}`, allowed);
    else if (/["\p{Cc}]|\$\{/u.test(absolute))
      sources.problems.add(at(key), described(given), `${allowed} without ${quoted('"')} and \${`);
    return absolute;
  };
  return {
    ...sshTunnel,
    host: unbracketed(sshTunnel.host),
    keyFile: file('keyFile'),
    passphrase,
    knownHostsFile: file('knownHostsFile'),
    remoteHost: unbracketed(sshTunnel.remoteHost ?? host),
    remotePort: sshTunnel.remotePort ?? port,
  };
};
