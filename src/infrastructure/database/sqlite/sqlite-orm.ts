import { MikroORM } from '@mikro-orm/sqlite';
import { ormOptions, withPlainErrors } from '../connection/orm-options.ts';
import { SqliteDialect } from './sqlite-dialect.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

/** The ORM over a connection that the caller opens, configures and closes. */
export const sqliteOrm = (native: () => Promise<NativeSqlite>): MikroORM =>
  // Without `dbName`, the ORM takes the name from MIKRO_ORM_DB_NAME.
  withPlainErrors(new MikroORM({ ...ormOptions(), dbName: ':memory:', driverOptions: new SqliteDialect(native) }));
