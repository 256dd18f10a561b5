import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/core';

/** Options of the ORM for both databases. */
export const ormOptions = () => ({
  // Without it, the ORM takes the schema from MIKRO_ORM_SCHEMA.
  schema: '',
  // The entity manager of a transaction is found by this name. Each study of a process must find its own.
  contextName: randomUUID(),
  // Each opened study adds its entities. A study that is read may add them again, with its present columns.
  entities: [],
  discovery: { warnWhenNoEntities: false, checkDuplicateTableNames: false, inferDefaultValues: false },
  propagationOnPrototype: false,
  disableIdentityMap: true,
  debug: false,
});

/** Keeps the errors of the dialect. The entity manager would wrap them in its own, which hide their class. */
export const withPlainErrors = <Orm extends MikroORM>(orm: Orm): Orm => {
  const converter = orm.em.getPlatform().getExceptionConverter();
  converter.convertException = (error) => error;
  return orm;
};
