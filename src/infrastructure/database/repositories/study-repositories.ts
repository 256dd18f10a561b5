import { EntitySchema, type SqlEntityManager } from '@mikro-orm/sqlite';
import type { Experiment } from '../../../domain/experiment/experiment.ts';
import { type EntityClass, studyEntities } from '../schema/study-entities.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { Attempts } from './attempts.ts';
import { Experiments } from './experiments.ts';
import { Leases } from './leases.ts';
import { LogRows } from './log-rows.ts';
import { Runners } from './runners.ts';

/** The repositories over the entities of a study. */
export interface StudyRepositories {
  readonly experiments: Experiments;
  readonly runners: Runners;
  readonly leases: Leases;
  readonly attempts: Attempts;
  /** By the names of the logtables. */
  readonly logtables: ReadonlyMap<string, LogRows>;
}

const made = new WeakMap<StudyTables, StudyRepositories>();

/** The repositories over these tables. Their entities are added to the ORM of the database. */
export const repositoriesOf = (tables: StudyTables): StudyRepositories => {
  const known = made.get(tables);
  if (known) return known;
  const { orm } = tables.database;
  const entities = studyEntities(tables, {
    experiments: class extends Experiments {
      constructor(em: SqlEntityManager, entity: EntityClass<Experiment>) {
        super(em, entity, tables);
      }
    },
  });
  orm.discoverEntity([...entities.schemas]);
  // The ORM has its own reference to the entities. The registry would keep every class until the process ends.
  for (const { meta } of entities.schemas) EntitySchema.REGISTRY.delete(meta.class);
  // It uses the entity manager of the current transaction or read, and throws without one.
  const em = orm.em as SqlEntityManager;
  const repositories = {
    experiments: em.getRepository(entities.experiments) as unknown as Experiments,
    runners: new Runners(em, entities.runners, tables),
    leases: new Leases(em, entities.leases, tables),
    attempts: new Attempts(em, entities.attempts, tables),
    logtables: new Map([...entities.logtables].map(([name, entity]) => [name, new LogRows(em, entity, tables, name)])),
  };
  made.set(tables, repositories);
  return repositories;
};
