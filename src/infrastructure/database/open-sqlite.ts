import { existsSync } from 'node:fs';
import { access, realpath, statfs } from 'node:fs/promises';
import path from 'node:path';
import { ExperimenterError } from '../../domain/errors.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { readOnlyDatabase } from './connection/read-only-database.ts';
import type { SqliteOptions } from './sqlite/sqlite-pragmas.ts';
import { SqlRepository } from './sql-repository.ts';
import { sqliteDatabase } from './sqlite/sqlite-driver.ts';
import { SqliteReader } from './sqlite/sqlite-reader.ts';

/** WAL keeps its index in shared memory, which only the processes of one host share. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x20030528, 'OrangeFS'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE (sshfs, Gluster …)'],
]);

/**
 * Opens a study in an SQLite file. The first write creates a file that does not exist. Throws `DATABASE_UNREACHABLE` if
 * the file cannot be opened. Throws `DATABASE_UNSUPPORTED` if the library or the file system cannot keep the
 * guarantees. With `readOnly` the file may be on any file system, and is not changed.
 */
export const openSqliteRepository = async (study: StudyDefinition, options: SqliteOptions): Promise<SqlRepository> => {
  const network = await networkOf(options.file);
  if (options.readOnly === true) {
    if (network !== undefined)
      options.note?.(
        `${remoteText(options.file, network)}: what is shown may be older than what another machine has written`,
      );
    const reader = new SqliteReader(options, network);
    return new SqlRepository(study, readOnlyDatabase(reader), options);
  }
  refuseNetwork(options.file, network);
  const database = sqliteDatabase(options);
  try {
    // Opening a study that does not exist must not create its file.
    if (await database.present()) await database.connect();
  } catch (error) {
    await database.close();
    throw error;
  }
  return new SqlRepository(study, database, options);
};

/**
 * The network file system that contains the file, or undefined. Throws `DATABASE_UNREACHABLE` if the directory of the
 * file does not exist.
 */
export const networkOf = async (file: string): Promise<string | undefined> => {
  if (file === ':memory:') return undefined;
  const directory = path.dirname(path.resolve(file));
  try {
    await access(directory);
  } catch (error) {
    throw new ExperimenterError(
      'DATABASE_UNREACHABLE',
      `${file}: there is no directory ${directory}; create it, or name another file`,
      { cause: error },
    );
  }
  // The file may be a link to another file system.
  const place = existsSync(file) ? await realpath(file) : directory;
  return networkName((await statfs(place)).type, process.platform);
};

/** Only Linux uses these numbers for file systems. */
export const networkName = (type: number, platform: NodeJS.Platform): string | undefined =>
  platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(type >>> 0) : undefined;

const remoteText = (file: string, network: string): string =>
  `${file} lies on a network file system (${network}), where SQLite's locks do not hold`;

/** Throws `DATABASE_UNSUPPORTED` if the file is on a network file system. */
export const refuseNetwork = (file: string, network: string | undefined): void => {
  if (network === undefined) return;
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `${remoteText(file, network)} and data is lost; name a local file, or use a MySQL or MariaDB server`,
  );
};
