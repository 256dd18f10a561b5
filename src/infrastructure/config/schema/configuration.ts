import type { RunnerOptions } from '../../../application/ports/runner-options.ts';
import type { ConfigurationRecord } from '../../../domain/repository/study-store.ts';
import type { GridDefinition } from '../../../domain/grid/combinations.ts';
import type { StudyDefinition } from '../../../domain/study/define-study.ts';
import type { EmissionsOptions } from '../../emissions/emissions-options.ts';

/** The code that executes an experiment: a module's default export, or a program. */
export type ExperimentSetting =
  | { readonly kind: 'module'; /** Absolute. */ readonly file: string }
  | {
      readonly kind: 'command';
      /** The program first; absolute, or a name to be looked up on PATH. */ readonly command: readonly string[];
    };

/** One file. */
export interface SqliteConfiguration {
  readonly provider: 'sqlite';
  /** Absolute. */
  readonly file: string;
  readonly synchronous: 'full' | 'normal';
  readonly localTime: boolean;
}

/** How the connection to MySQL is encrypted; files are absolute paths of PEM files. */
export interface MysqlSsl {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** The certificate must be issued for the host. */
  readonly verifyIdentity: boolean;
  readonly rejectUnauthorized: boolean;
}

/** The way to the server through an SSH host; what is null is left to ssh's own configuration. */
export interface SshTunnelConfiguration {
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  /** Absolute. */
  readonly keyFile: string | null;
  /** Never print it: `describeConfiguration` does not. */
  readonly passphrase: string | null;
  /** Absolute. */
  readonly knownHostsFile: string | null;
  /** The database server as the SSH host knows it. */
  readonly remoteHost: string;
  readonly remotePort: number;
}

/** A server, MySQL or MariaDB. */
export interface MysqlConfiguration {
  readonly provider: 'mysql';
  readonly host: string;
  readonly port: number;
  /** Takes the place of host and port; absolute. */
  readonly socketPath: string | null;
  readonly name: string;
  readonly user: string | null;
  /** Never print it: `describeConfiguration` does not. */
  readonly password: string | null;
  /** Null: not encrypted. */
  readonly ssl: MysqlSsl | null;
  /** Whether a remote server may have the password itself without TLS. */
  readonly allowCleartextPassword: boolean;
  /** Null: reached directly. */
  readonly sshTunnel: SshTunnelConfiguration | null;
  readonly localTime: boolean;
}

/** Where the study is stored. */
export type DatabaseConfiguration = SqliteConfiguration | MysqlConfiguration;

/** A checked configuration: plain data, every default filled in, every path absolute. */
export interface Configuration {
  /** The absolute path it was read from; null: given in code. */
  readonly file: string | null;
  /** What its relative paths were relative to, absolute; external commands run here. */
  readonly directory: string;
  /** Null: the function is given in code. */
  readonly experiment: ExperimentSetting | null;
  readonly database: DatabaseConfiguration;
  readonly study: StudyDefinition;
  readonly grid: GridDefinition;
  readonly runner: RunnerOptions;
  readonly custom: Readonly<Record<string, unknown>>;
  /** What decides about the experiments, as it was written, secrets redacted. */
  readonly record: ConfigurationRecord;
  /** Enabled: so says the study, too. */
  readonly emissions: EmissionsOptions & { readonly enabled: boolean };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
    /** Absolute. */ readonly file: string | null;
  };
  /** What was read otherwise than it was meant, perhaps: a line each, which says where and why. */
  readonly warnings: readonly string[];
}
