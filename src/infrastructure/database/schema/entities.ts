import { EntitySchema, type EntityProperty } from '@mikro-orm/core';
import type { StudyDefinition } from '../../../domain/study/define-study.ts';
import { type ColumnPlan, type TablePlan, tablePlans } from './table-plans.ts';

/** Property names never come from a user: reserved words, spaces and quotes stay in `fieldName`, where they are quoted. */
const property = (plan: TablePlan, column: ColumnPlan, main: EntitySchema | undefined): Partial<EntityProperty> => {
  const primary = plan.primaryKey.includes(column.name);
  if (plan.kind === 'log' && column.name === 'experiment_id' && main) {
    return {
      kind: 'm:1',
      entity: () => main.meta.class,
      fieldName: column.name,
      columnType: column.type,
      nullable: true,
      deleteRule: 'cascade',
      updateRule: 'no action',
    } as Partial<EntityProperty>;
  }
  return {
    type: column.type === 'INTEGER' && primary ? 'integer' : 'string',
    fieldName: column.name,
    columnType: column.type,
    nullable: column.nullable,
    unsigned: false,
    ...(primary && { primary: true, autoincrement: plan.kind !== 'own' }),
    ...(plan.unique?.includes(column.name) && { unique: true }),
  } as Partial<EntityProperty>;
};

/** Entity schemas over classes made for this call: two studies, or one study twice, live in one process side by side. */
export const entitySchemas = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): readonly EntitySchema[] => {
  let main: EntitySchema | undefined;
  return tablePlans(study, dialect).map((plan, index) => {
    const name = `T${index}`;
    const schema = new EntitySchema({
      class: { [name]: class {} }[name] as new () => object,
      tableName: plan.name,
      properties: Object.fromEntries(plan.columns.map((column, at) => [`c${at}`, property(plan, column, main)])),
    });
    main ??= schema;
    return schema;
  });
};
