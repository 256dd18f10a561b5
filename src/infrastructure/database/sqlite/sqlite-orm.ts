import { randomUUID } from 'node:crypto';
import { type AnyEntity, type EntityManager, type EntitySchema, MikroORM } from '@mikro-orm/sqlite';
import type { Db } from '../connection/statements.ts';
import { SqliteDialect } from './sqlite-dialect.ts';
import type { NativeSqlite } from './sqlite-sql.ts';

/** The ORM over a connection that is opened, configured and closed by others. */
export const sqliteOrm = (
  native: () => Promise<NativeSqlite>,
  entities: readonly EntitySchema<AnyEntity>[],
): MikroORM =>
  new MikroORM({
    // Or it would be taken from MIKRO_ORM_DB_NAME and MIKRO_ORM_SCHEMA.
    dbName: ':memory:',
    schema: '',
    // The entity manager of a transaction is found by this name: studies of one process must not find each other's.
    contextName: randomUUID(),
    entities: [...entities],
    discovery: { warnWhenNoEntities: false, inferDefaultValues: false },
    propagationOnPrototype: false,
    disableIdentityMap: true,
    debug: false,
    driverOptions: new SqliteDialect(native),
  });

/** Bound to the transaction of the entity manager, if it is in one. */
export const dbOf = (em: EntityManager): Db => em.getKysely() as unknown as Db;
