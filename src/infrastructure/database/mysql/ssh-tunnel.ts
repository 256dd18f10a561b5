import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { SshTunnelConfiguration } from '../../config/schema/configuration.ts';
import { workerEnvironment } from '../../system/child-start.ts';
import { isRefusal, sshError } from './ssh-errors.ts';
import { type SshEnd, SshStream } from './ssh-stream.ts';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 10_000;
/** Hosts shut out who is refused too often. */
const REFUSED_PAUSE_MILLISECONDS = 60_000;

const BROKEN = /^(client_loop: .*|Timeout, server .*|Connection (?:to|closed|reset) .*|.*Broken pipe.*)$/m;

/** Answers ssh's question for the passphrase, and no other; the passphrase is in ssh's environment, never in an argument. */
const HELPER = `#!/bin/sh
case "$1" in "Enter passphrase for "*) printf '%s\\n' "$SSH_TUNNEL_PASSPHRASE" ;; *) exit 1 ;; esac
`;

/**
 * The way to a database server through an SSH host, by the system's `ssh`: each connection is a process of its own, so
 * there is no tunnel that could die under the others, no port or socket that somebody else could use, and nothing to
 * restart. While the host fails, connections are refused at once and it is only tried now and then.
 */
export class SshTunnel {
  readonly #tunnel: SshTunnelConfiguration;
  readonly #streams = new Set<SshStream>();
  #helperDirectory: string | undefined;
  #failures = 0;
  #failure: () => ExperimenterError = () => new ExperimenterError('DATABASE_UNREACHABLE', 'not tried yet');
  #notBefore = 0;
  /** The one that tries while the host fails. */
  #trying: SshStream | undefined;

  constructor(tunnel: SshTunnelConfiguration) {
    this.#tunnel = tunnel;
  }

  /** A connection to the database server; it ends with an error of ours if there is none to be had. */
  connect(): Duplex {
    const now = performance.now();
    if (this.#failures > 0 && (this.#trying !== undefined || now < this.#notBefore)) return failed(this.#failure());
    try {
      return this.#start(now);
    } catch (error) {
      // Too many open files, or no room for the helper.
      return failed(
        new ExperimenterError('DATABASE_UNREACHABLE', `ssh cannot be started: ${(error as Error).message}`),
      );
    }
  }

  /** Resolves when no ssh process is left. */
  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await Promise.all([...this.#streams].map(({ gone }) => gone));
    if (this.#helperDirectory !== undefined) rmSync(this.#helperDirectory, { recursive: true, force: true });
    this.#helperDirectory = undefined;
  }

  #start(now: number): SshStream {
    const stream: SshStream = new SshStream(
      sshArguments(this.#tunnel),
      this.#environment(),
      () => this.#succeeded(),
      (end) => this.#ended(end, now),
    );
    if (this.#failures > 0) this.#trying = stream;
    this.#streams.add(stream);
    void stream.gone.then(() => {
      this.#streams.delete(stream);
      if (this.#trying === stream) this.#trying = undefined;
    });
    return stream;
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#trying = undefined;
  }

  #ended({ connected, cause, said }: SshEnd, startedAt: number): Error | undefined {
    if (connected) {
      const [, reason] = BROKEN.exec(said) ?? []; // ssh may have passed on a greeting, too
      return reason === undefined
        ? undefined
        : broken(`the connection through SSH host ${this.#tunnel.host} broke: ${reason}`);
    }
    this.#failure = () => (cause === null ? sshError(said, this.#tunnel) : noSsh(cause));
    // Several that were under way at once have failed once.
    if (startedAt >= this.#notBefore) {
      this.#failures += 1;
      const pause = isRefusal(said)
        ? REFUSED_PAUSE_MILLISECONDS
        : Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (this.#failures - 1));
      this.#notBefore = performance.now() + pause;
    }
    return this.#failure();
  }

  #environment(): NodeJS.ProcessEnv {
    const environment = workerEnvironment(process.env);
    const { passphrase } = this.#tunnel;
    if (passphrase === null) return { ...environment, SSH_ASKPASS_REQUIRE: 'never' };
    if (this.#helperDirectory === undefined) {
      this.#helperDirectory = mkdtempSync(join(tmpdir(), 'ts-experimenter-'));
      writeFileSync(join(this.#helperDirectory, 'askpass'), HELPER, { mode: 0o700 });
    }
    return {
      ...environment,
      SSH_ASKPASS: join(this.#helperDirectory, 'askpass'),
      SSH_ASKPASS_REQUIRE: 'force',
      SSH_TUNNEL_PASSPHRASE: passphrase,
    };
  }
}

/** No shell sees them, and what decides about trust is said here, over whatever ssh's configuration says. */
export const sshArguments = (tunnel: SshTunnelConfiguration): readonly string[] => {
  const { host, port, user, keyFile, knownHostsFile, passphrase, remoteHost, remotePort } = tunnel;
  const options = [
    'StrictHostKeyChecking=yes',
    ...(knownHostsFile === null
      ? []
      : [`UserKnownHostsFile=${quoted(knownHostsFile)}`, 'GlobalKnownHostsFile=none', 'ControlPath=none']),
    // A connection that the user has opened may be shared; one that outlives us is never made.
    'ControlMaster=no',
    `BatchMode=${passphrase === null ? 'yes' : 'no'}`, // which asks for no passphrase either
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'ConnectTimeout=10',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=3',
    'LogLevel=INFO',
    ...(keyFile === null ? [] : [`IdentityFile=${quoted(keyFile)}`, 'IdentitiesOnly=yes']),
  ];
  return [
    ...options.flatMap((option) => ['-o', option]),
    ...(port === null ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    '-W',
    `${remoteHost.includes(':') ? `[${remoteHost}]` : remoteHost}:${remotePort}`,
    '--',
    host,
  ];
};

/** As a value of ssh's configuration: one word, nothing in it replaced. */
const quoted = (path: string): string => `"${path.replaceAll('%', '%%')}"`;

const broken = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' });

const noSsh = (cause: Error): ExperimenterError =>
  new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `database.sshTunnel needs the program ssh, which cannot be started (${cause.message}): install OpenSSH's client, version 8.4 or later`,
    { cause },
  );

const failed = (error: Error): Duplex => {
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  process.nextTick(() => stream.destroy(error)); // when its listeners are there
  return stream;
};
