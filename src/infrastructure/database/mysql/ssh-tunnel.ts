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
/** Hosts block clients that fail to log in too often. */
const REFUSED_PAUSE_MILLISECONDS = 60_000;

const BROKEN = /^(client_loop: .*|Timeout, server .*|Connection (?:to|closed|reset) .*|.*Broken pipe.*)$/m;

/**
 * Answers ssh's question for the passphrase, and no other question. The passphrase is in the environment of ssh, never
 * in an argument.
 */
const HELPER = `#!/bin/sh
case "$1" in "Enter passphrase for "*) printf '%s\\n' "$SSH_TUNNEL_PASSPHRASE" ;; *) exit 1 ;; esac
`;

/**
 * Connects to a database server through an SSH host with the system's `ssh`. Each connection has its own ssh process.
 * So there is no shared tunnel whose end breaks other connections, no port or socket that another user could use, and
 * nothing to restart. While the host fails, connections are refused immediately, and a new try happens only after a
 * pause.
 */
export class SshTunnel {
  readonly #tunnel: SshTunnelConfiguration;
  readonly #streams = new Set<SshStream>();
  #helperDirectory: string | undefined;
  #failures = 0;
  #failure: () => ExperimenterError = () => new ExperimenterError('DATABASE_UNREACHABLE', 'not tried yet');
  #notBefore = 0;
  /** The connection that tries the host while the host fails. */
  #trying: SshStream | undefined;

  constructor(tunnel: SshTunnelConfiguration) {
    this.#tunnel = tunnel;
  }

  /**
   * Returns a connection to the database server. If the server cannot be reached, the connection ends with an
   * `ExperimenterError`.
   */
  connect(): Duplex {
    const now = performance.now();
    if (this.#failures > 0 && (this.#trying !== undefined || now < this.#notBefore)) return failed(this.#failure());
    try {
      return this.#start(now);
    } catch (error) {
      // Too many open files, or no disk space for the helper.
      return failed(
        new ExperimenterError('DATABASE_UNREACHABLE', `ssh cannot be started: ${(error as Error).message}`),
      );
    }
  }

  /** Resolves when all ssh processes have ended. */
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
      const [, reason] = BROKEN.exec(said) ?? []; // ssh may also have passed on a greeting of the host
      return reason === undefined
        ? undefined
        : broken(`the connection through SSH host ${this.#tunnel.host} broke: ${reason}`);
    }
    this.#failure = () => (cause === null ? sshError(said, this.#tunnel) : noSsh(cause));
    // Connections that were in progress at the same time count as one failure.
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

/**
 * The arguments do not pass through a shell. All options that decide about trust are set here, and override the
 * configuration of ssh.
 */
export const sshArguments = (tunnel: SshTunnelConfiguration): readonly string[] => {
  const { host, port, user, keyFile, knownHostsFile, passphrase, remoteHost, remotePort } = tunnel;
  const options = [
    'StrictHostKeyChecking=yes',
    ...(knownHostsFile === null
      ? []
      : [`UserKnownHostsFile=${quoted(knownHostsFile)}`, 'GlobalKnownHostsFile=none', 'ControlPath=none']),
    // A connection that the user has opened may be shared. A shared connection that outlives this process is never
    // created.
    'ControlMaster=no',
    `BatchMode=${passphrase === null ? 'yes' : 'no'}`, // batch mode also never asks for a passphrase
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

/** Quotes a path as a value of ssh's configuration: one word, without substitutions. */
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
  process.nextTick(() => stream.destroy(error)); // after the caller has added its listeners
  return stream;
};
