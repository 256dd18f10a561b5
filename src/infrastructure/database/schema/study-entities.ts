import { EntitySchema, type Type } from '@mikro-orm/core';
import { ExperimenterError } from '../../../domain/errors.ts';
import { Attempt, Lease } from '../../../domain/experiment/attempt.ts';
import { Runner } from '../../../domain/experiment/runner.ts';
import { Experiment } from '../../../domain/experiment/experiment.ts';
import { LogRow } from '../../../domain/experiment/log-row.ts';
import { companionTableName, logtableName } from '../../../domain/study/table-names.ts';
import { resultColumns } from '../../../domain/study/table-layout.ts';
import type { Column, Row, Value } from '../../../domain/values/column.ts';
import { parseColumnType } from '../../../domain/values/column-type.ts';
import { AsStored, Converted, Text } from './property-types.ts';
import type { StudyTables } from './study-tables.ts';
import type { ColumnPlan, TablePlan } from './table-plans.ts';

/** The entity classes of a study. Each extends a class of the domain. */
export interface StudyEntities {
  readonly experiments: EntityClass<Experiment>;
  readonly runners: EntityClass<Runner>;
  readonly leases: EntityClass<Lease>;
  readonly attempts: EntityClass<Attempt>;
  /** The entity classes of the log rows, by the name of the logtable. */
  readonly logtables: ReadonlyMap<string, EntityClass<LogRow>>;
  /** The schemas for the ORM: these entities, and the tables without a class. */
  readonly schemas: readonly EntitySchema[];
}

export type EntityClass<Entity> = new (...parameters: never[]) => Entity;

/** The repository classes that the ORM creates for the entities. */
export interface Repositories {
  readonly experiments?: EntityClass<object>;
}

/**
 * Creates the entities of one study. The ORM identifies entities by their classes, so each study has its own
 * subclasses. A subclass has the name of the domain's class, so that the ORM does not register that class as a second
 * entity.
 */
export const studyEntities = (tables: StudyTables, repositories: Repositories = {}): StudyEntities => {
  const { study } = tables;
  const keyfields = fieldsOf('k', study.keyfields);
  const results = fieldsOf('r', resultColumns(study));
  const undeclared = study.undeclared && fieldsOf('u', study.undeclared);
  const experiments = experimentClass(study.table, keyfields, results, undeclared);
  const runners = classOf(Runner);
  const leases = classOf(Lease);
  const attempts = classOf(Attempt);
  const logtables = new Map<string, EntityClass<LogRow>>();
  const entities = new Map<string, Entity>([
    [
      study.table,
      {
        class: experiments,
        fields: new Map([...keyfields, ...results, ...(undeclared ?? [])]),
        undeclared: study.undeclared,
        repository: repositories.experiments,
      },
    ],
    [companionTableName(study, 'runners'), { class: runners }],
    [companionTableName(study, 'leases'), { class: leases }],
    [companionTableName(study, 'attempts'), { class: attempts }],
  ]);
  for (const { name, columns } of study.logtables) {
    const fields = fieldsOf('c', columns);
    const logRows = logRowClass(logtableName(study, name), fields);
    logtables.set(name, logRows);
    entities.set(logtableName(study, name), { class: logRows, fields });
  }
  const schemas = tables.plans.map((plan) =>
    schemaOf(tables, plan, entities.get(plan.name) ?? { class: class {} }, experiments),
  );
  return { experiments, runners, leases, attempts, logtables, schemas };
};

/**
 * The columns that users name, by the names of their properties. The property names are generated, because some names
 * have a meaning for the ORM (`__meta`, `toJSON`).
 */
type Fields = ReadonlyMap<string, Column>;

interface Entity {
  readonly class: EntityClass<object>;
  readonly fields?: Fields;
  readonly undeclared?: readonly Column[] | undefined;
  readonly repository?: EntityClass<object> | undefined;
}

const fieldsOf = (letter: string, columns: readonly Column[]): Fields =>
  new Map(columns.map((column, at) => [`${letter}${at}`, column]));

/** The values of one row that the ORM has read, by the names of the properties. */
type Stored = Readonly<Record<string, unknown>>;

/**
 * Throws `SCHEMA_MISMATCH` if a value is absent, because the table does not have its column. The ORM selects all
 * existing columns.
 */
const rowOf = (stored: Stored, table: string, fields: Fields): Row => {
  const row: Record<string, Value> = {};
  for (const [property, { name }] of fields) {
    const value = stored[property];
    if (value === undefined) throw new ExperimenterError('SCHEMA_MISMATCH', `table ${table} has no column ${name}`);
    row[name] = value as Value;
  }
  return row;
};

/**
 * Gives a subclass the name of its base, and a `toJSON` that returns all fields. The `toJSON` of the ORM would omit
 * fields.
 */
const named = <Entity extends object>(
  base: EntityClass<Entity>,
  subclass: EntityClass<Entity>,
): EntityClass<Entity> => {
  Object.defineProperty(subclass, 'name', { value: base.name });
  Object.defineProperty(subclass.prototype, 'toJSON', {
    configurable: true,
    value(this: Entity) {
      return { ...this };
    },
  });
  return subclass;
};

const classOf = <Entity extends object>(base: new () => Entity): EntityClass<Entity> =>
  named(base, class extends (base as new () => object) {} as new () => Entity);

// No property has the same name as the parameter of these constructors. So the ORM passes all values that it has read.

const experimentClass = (
  table: string,
  keyfields: Fields,
  results: Fields,
  undeclared: Fields | undefined,
): EntityClass<Experiment> =>
  named(
    Experiment,
    class extends Experiment {
      constructor(stored: Stored) {
        super({
          id: Number(stored['id']),
          keyfields: rowOf(stored, table, keyfields),
          results: rowOf(stored, table, results),
          ...(undeclared && { undeclared: rowOf(stored, table, undeclared) }),
        });
      }
    },
  );

const logRowClass = (table: string, fields: Fields): EntityClass<LogRow> =>
  named(
    LogRow,
    class extends LogRow {
      constructor(stored: Stored) {
        const { id, experimentId, timestamp } = stored as unknown as LogRow;
        super(id, experimentId, timestamp, rowOf(stored, table, fields));
      }
    },
  );

const schemaOf = (
  tables: StudyTables,
  plan: TablePlan,
  { class: entity, fields, undeclared = [], repository }: Entity,
  main: EntityClass<object>,
): EntitySchema => {
  const propertyNames = new Map(fields && [...fields].map(([property, { name }]) => [name, property]));
  const columns = [
    ...plan.columns,
    ...undeclared.map((field) => ({ name: field.name, type: field.type.sql, nullable: true, field })),
  ];
  const properties = columns.map((column) => [
    propertyNames.get(column.name) ?? camel(column.name),
    plan.kind === 'log' && column.name === 'experiment_id' ? reference(column, main) : property(tables, plan, column),
  ]);
  return new EntitySchema({
    class: entity as never,
    tableName: plan.name,
    forceConstructor: fields !== undefined,
    ...(repository && { repository: () => repository }),
    properties: Object.fromEntries(properties),
  });
};

/** `claimed_at` → `claimedAt`, `ID` → `id`. */
const camel = (name: string): string =>
  name === 'ID' ? 'id' : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const boolean = parseColumnType('BOOLEAN');

const property = (tables: StudyTables, plan: TablePlan, column: ColumnPlan): object => {
  const { name, type, nullable, field = type === boolean.sql && { name, type: boolean } } = column;
  const primary = plan.primaryKey.includes(name);
  const fieldName = tables.nameIn(plan.name, name);
  return {
    type: field ? new Converted(field, tables.value) : type === 'INTEGER' && primary ? 'integer' : storedType(type),
    // In a study that is only read, a column that the table does not have is NULL.
    ...(fieldName === undefined ? { formula: 'NULL', persist: false } : { fieldName }),
    columnType: type,
    nullable,
    unsigned: false,
    // Only the constructor reads the values of users' columns.
    ...(column.field && { hydrate: false }),
    ...(primary && { primary: true, autoincrement: plan.kind !== 'own' }),
    ...(plan.unique?.includes(name) && { unique: true }),
  };
};

const storedType = (type: string): Type<unknown, unknown> => (/INT/.test(type) ? new AsStored() : new Text());

const reference = ({ name, type }: ColumnPlan, main: EntityClass<object>): object => ({
  kind: 'm:1',
  entity: () => main,
  mapToPk: true,
  fieldName: name,
  columnType: type,
  nullable: true,
  deleteRule: 'cascade',
  updateRule: 'no action',
});
