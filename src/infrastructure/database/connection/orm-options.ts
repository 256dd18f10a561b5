import { randomUUID } from 'node:crypto';
import type { AnyEntity, EntitySchema } from '@mikro-orm/core';

/** What the ORM is told on either database. */
export const ormOptions = (entities: readonly EntitySchema<AnyEntity>[]) => ({
  // Or it would be taken from MIKRO_ORM_SCHEMA.
  schema: '',
  // The entity manager of a transaction is found by this name: studies of one process must not find each other's.
  contextName: randomUUID(),
  entities: [...entities],
  discovery: { warnWhenNoEntities: false, inferDefaultValues: false },
  propagationOnPrototype: false,
  disableIdentityMap: true,
  debug: false,
});
