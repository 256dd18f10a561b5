import { MikroORM } from '@mikro-orm/mysql';
import { ormOptions, withPlainErrors } from '../connection/orm-options.ts';
import { MysqlDialect, type MysqlDialectOptions } from './mysql-dialect.ts';

/** The ORM over a pool that the caller creates and closes. */
export const mysqlOrm = (database: string, dialect: MysqlDialectOptions): MikroORM =>
  withPlainErrors(new MikroORM({ ...ormOptions(), dbName: database, driverOptions: new MysqlDialect(dialect) }));
