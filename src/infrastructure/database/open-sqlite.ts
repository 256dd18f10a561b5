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

/** WAL keeps its index in shared memory, which ends at the host. */
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
 * Opens a study in an SQLite file; one that is not there is made when something is written. Throws
 * `DATABASE_UNREACHABLE` if it cannot be opened, `DATABASE_UNSUPPORTED` for a library or a file system that cannot keep
 * the promise. With `readOnly` the file may lie anywhere, and is not changed.
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
    // A look at a study that is not there must not leave a file behind.
    if (await database.present()) await database.connect();
  } catch (error) {
    await database.close();
    throw error;
  }
  return new SqlRepository(study, database, options);
};

/** The network file system that the file lies on, if it does. Throws `DATABASE_UNREACHABLE` if its directory is not there. */
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
  // A link may lead there.
  const place = existsSync(file) ? await realpath(file) : directory;
  return networkName((await statfs(place)).type, process.platform);
};

/** Other systems number their file systems otherwise. */
export const networkName = (type: number, platform: NodeJS.Platform): string | undefined =>
  platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(type >>> 0) : undefined;

const remoteText = (file: string, network: string): string =>
  `${file} lies on a network file system (${network}), where SQLite's locks do not hold`;

/** Throws `DATABASE_UNSUPPORTED` if it lies on one. */
export const refuseNetwork = (file: string, network: string | undefined): void => {
  if (network === undefined) return;
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `${remoteText(file, network)} and data is lost; name a local file, or use a MySQL or MariaDB server`,
  );
};
