import { randomUUID } from 'node:crypto';

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
