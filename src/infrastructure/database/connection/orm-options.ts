import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';

/** What the ORM is told on either database. */
export const ormOptions = () => ({
  // Or it would be taken from MIKRO_ORM_SCHEMA.
  schema: '',
  // The entity manager of a transaction is found by this name: studies of one process must not find each other's.
  contextName: randomUUID(),
  // Each study that is opened adds its entities. One that is read may add them again, with the columns that it has then.
  entities: [],
  discovery: { warnWhenNoEntities: false, checkDuplicateTableNames: false, inferDefaultValues: false },
  propagationOnPrototype: false,
  disableIdentityMap: true,
  debug: false,
});

/** Errors stay what the dialect throws: the entity manager would wrap its own, and hide their class. */
export const withPlainErrors = <Orm extends MikroORM>(orm: Orm): Orm => {
  const converter = orm.em.getPlatform().getExceptionConverter();
  converter.convertException = (error) => error;
  return orm;
};
