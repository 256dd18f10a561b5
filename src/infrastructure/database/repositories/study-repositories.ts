import type { SqlEntityManager } from '@mikro-orm/sqlite';
import { studyEntities } from '../schema/study-entities.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { Attempts } from './attempts.ts';
import { Leases } from './leases.ts';
import { LogRows } from './log-rows.ts';
import { Runners } from './runners.ts';

/** The repositories of a study over its entities. */
export interface StudyRepositories {
  readonly runners: Runners;
  readonly leases: Leases;
  readonly attempts: Attempts;
  /** By the names of the logtables. */
  readonly logtables: ReadonlyMap<string, LogRows>;
}

const made = new WeakMap<StudyTables, StudyRepositories>();

/** The repositories on these tables; their entities are added to the ORM of the database. */
export const repositoriesOf = (tables: StudyTables): StudyRepositories => {
  const known = made.get(tables);
  if (known) return known;
  const { orm, dialect } = tables.database;
  const entities = studyEntities(tables.study, dialect.name);
  orm.discoverEntity([...entities.schemas]);
  // It stands for the entity manager of the transaction or the read in which it is used, and refuses to work without one.
  const em = orm.em as SqlEntityManager;
  const repositories = {
    runners: new Runners(em, entities.runners, tables),
    leases: new Leases(em, entities.leases, tables),
    attempts: new Attempts(em, entities.attempts, tables),
    logtables: new Map([...entities.logtables].map(([name, entity]) => [name, new LogRows(em, entity, tables, name)])),
  };
  made.set(tables, repositories);
  return repositories;
};
