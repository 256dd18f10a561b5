import type { RunnerOptions } from '../../../application/ports/runner-options.ts';
import type { ConfigurationRecord } from '../../../domain/repository/study-store.ts';
import type { GridDefinition } from '../../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import type { EmissionsOptions } from '../../emissions/emissions-options.ts';
import type { mysqlKeys, sqliteKeys } from './database.ts';
import type { Values } from './node.ts';

/** The code that executes an experiment: a module's default export, or a program. */
export type ExperimentSetting =
  | { readonly kind: 'module'; /** Absolute. */ readonly file: string }
  | {
      readonly kind: 'command';
      /** The program first; absolute, or a name to be looked up on PATH. */ readonly command: readonly string[];
    };

/** One file; its path is absolute. */
export interface SqliteConfiguration extends Values<typeof sqliteKeys> {
  readonly provider: 'sqlite';
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

type TunnelKeys = Values<typeof mysqlKeys.sshTunnel>;

/** The way to the server through an SSH host, paths absolute; what is null is left to ssh's own configuration. */
export interface SshTunnelConfiguration extends Omit<TunnelKeys, 'host' | 'remoteHost' | 'remotePort'> {
  readonly host: string;
  /** The database server as the SSH host knows it. */
  readonly remoteHost: string;
  readonly remotePort: number;
}

/** A server, MySQL or MariaDB; paths are absolute, and the credentials file is read. */
export interface MysqlConfiguration extends Omit<
  Values<typeof mysqlKeys>,
  'name' | 'credentials' | 'ssl' | 'sshTunnel'
> {
  readonly provider: 'mysql';
  readonly name: string;
  /** Null: not encrypted. */
  readonly ssl: MysqlSsl | null;
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
  /** What may be meant in another way than it was read: a line each, with place and reason. */
  readonly warnings: readonly string[];
}
