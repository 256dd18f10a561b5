import { access, statfs } from 'node:fs/promises';
import path from 'node:path';
import { MikroORM } from '@mikro-orm/sqlite';
import { ExperimenterError } from '../../domain/errors.ts';
import type { StudyDefinition } from '../../domain/study.ts';
import { createStatementsOf } from './create-statements.ts';
import { entitySchemas } from './entities.ts';
import { tablePlans } from './schema.ts';
import { settle, type SqliteOptions } from './settle-sqlite.ts';
import { SqlRepository } from './sql-repository.ts';
import { type NativeSqlite, SqliteDatabase } from './sqlite-database.ts';

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
 * the promise.
 */
export const openSqliteRepository = async (study: StudyDefinition, options: SqliteOptions): Promise<SqlRepository> => {
  await checkPlace(options.file);
  const orm = await MikroORM.init({
    dbName: options.file,
    schema: '', // or it would be taken from MIKRO_ORM_SCHEMA
    entities: [...entitySchemas(study, 'sqlite')],
    debug: false,
  });
  const connect = async () => {
    const native = (await orm.em.getConnection().getNativeClient()) as unknown as NativeSqlite;
    await settle(native, options);
    return native;
  };
  const database = new SqliteDatabase(connect, options.file, () => orm.close());
  try {
    // A look at a study that is not there must not leave a file behind.
    if (await database.present()) await database.connect();
  } catch (error) {
    await orm.close();
    throw error;
  }
  return new SqlRepository(study, database, createStatementsOf(orm, withoutRowid(study)), options);
};

/** Tables of ours are their primary key's index, instead of having it beside them: half the writing. */
const withoutRowid = (study: StudyDefinition) => {
  const own = new Set(
    tablePlans(study, 'sqlite')
      .filter(({ kind }) => kind === 'own')
      .map(({ name }) => name),
  );
  return (statement: string, table: string) =>
    own.has(table) && statement.startsWith('create table') ? `${statement} WITHOUT ROWID` : statement;
};

const checkPlace = async (file: string): Promise<void> => {
  if (file === ':memory:') return;
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
  refuseNetwork(file, (await statfs(directory)).type, process.platform);
};

/** Other systems number their file systems otherwise. */
export const refuseNetwork = (file: string, type: number, platform: NodeJS.Platform): void => {
  const network = platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(type >>> 0) : undefined;
  if (network === undefined) return;
  throw new ExperimenterError(
    'DATABASE_UNSUPPORTED',
    `${file} lies on a network file system (${network}), where SQLite's locks do not hold and data is lost; name a local file, or use a MySQL or MariaDB server`,
  );
};
