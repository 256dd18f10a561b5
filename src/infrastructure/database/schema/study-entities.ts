import { type EntityProperty, EntitySchema, Type } from '@mikro-orm/core';
import { Attempt, Lease } from '../../../domain/experiment/attempt.ts';
import { Runner } from '../../../domain/experiment/runner.ts';
import { Experiment } from '../../../domain/experiment/experiment.ts';
import { LogRow } from '../../../domain/experiment/log-row.ts';
import {
  companionTableName,
  logtableName,
  resultColumns,
  type StudyDefinition,
} from '../../../domain/study/define-study.ts';
import { type Column, fromStored, parseColumnType, type Row, type Value } from '../../../domain/values/column-type.ts';
import { type ColumnPlan, type TablePlan, tablePlans } from './table-plans.ts';

/** The classes of a study's entities, each over a class of the domain. */
export interface StudyEntities {
  readonly experiments: EntityClass<Experiment>;
  readonly runners: EntityClass<Runner>;
  readonly leases: EntityClass<Lease>;
  readonly attempts: EntityClass<Attempt>;
  /** By the names of the logtables. */
  readonly logtables: ReadonlyMap<string, EntityClass<LogRow>>;
  /** For the ORM: these entities, and the tables that have no class. */
  readonly schemas: readonly EntitySchema[];
}

export type EntityClass<Entity> = new (...parameters: never[]) => Entity;

/**
 * The entities of one study. The ORM tells entities by their classes, so each study has subclasses of its own. A subclass
 * has the name of the domain's class: the ORM does not take that class for another entity then.
 */
export const studyEntities = (study: StudyDefinition, dialect: 'sqlite' | 'mysql'): StudyEntities => {
  const keyfields = fieldsOf('k', study.keyfields);
  const results = fieldsOf('r', resultColumns(study));
  const experiments = experimentClass(keyfields, results);
  const runners = classOf(Runner);
  const leases = classOf(Lease);
  const attempts = classOf(Attempt);
  const logtables = new Map<string, EntityClass<LogRow>>();
  const entities = new Map<string, Entity>([
    [study.table, { class: experiments, fields: new Map([...keyfields, ...results]) }],
    [companionTableName(study, 'runners'), { class: runners }],
    [companionTableName(study, 'leases'), { class: leases }],
    [companionTableName(study, 'attempts'), { class: attempts }],
  ]);
  for (const { name, columns } of study.logtables) {
    const fields = fieldsOf('c', columns);
    const logRows = logRowClass(fields);
    logtables.set(name, logRows);
    entities.set(logtableName(study, name), { class: logRows, fields });
  }
  const schemas = tablePlans(study, dialect).map((plan) =>
    schemaOf(plan, entities.get(plan.name) ?? { class: class {} }, experiments),
  );
  return { experiments, runners, leases, attempts, logtables, schemas };
};

/**
 * Columns that users name, by the names of their properties. Those names are ours, because some names mean something to
 * the ORM (`__meta`, `toJSON`).
 */
type Fields = ReadonlyMap<string, Column>;

interface Entity {
  readonly class: EntityClass<object>;
  readonly fields?: Fields;
}

const fieldsOf = (letter: string, columns: readonly Column[]): Fields =>
  new Map(columns.map((column, at) => [`${letter}${at}`, column]));

/** What the ORM has read of one row, by the names of the properties. */
type Stored = Readonly<Record<string, unknown>>;

const rowOf = (stored: Stored, fields: Fields): Row => {
  const row: Record<string, Value> = {};
  for (const [property, { name }] of fields) row[name] = (stored[property] ?? null) as Value;
  return row;
};

/** A subclass that has the name of its base. */
const named = <Base extends { readonly name: string }>({ name }: Base, subclass: Base): Base =>
  Object.defineProperty(subclass, 'name', { value: name });

const classOf = <Entity extends object>(base: new () => Entity): EntityClass<Entity> =>
  named(base, class extends (base as new () => object) {} as new () => Entity);

// No property has the name of these constructors' parameter: the ORM then gives them all that it has read.

const experimentClass = (keyfields: Fields, results: Fields): EntityClass<Experiment> =>
  named(
    Experiment as EntityClass<Experiment>,
    class extends Experiment {
      constructor(stored: Stored) {
        super({ id: Number(stored['id']), keyfields: rowOf(stored, keyfields), results: rowOf(stored, results) });
      }
    },
  );

const logRowClass = (fields: Fields): EntityClass<LogRow> =>
  named(
    LogRow as EntityClass<LogRow>,
    class extends LogRow {
      constructor(stored: Stored) {
        const { id, experimentId, timestamp } = stored as unknown as LogRow;
        super(id, experimentId, timestamp, rowOf(stored, fields));
      }
    },
  );

const schemaOf = (plan: TablePlan, { class: entity, fields }: Entity, main: EntityClass<object>): EntitySchema => {
  const propertyNames = new Map(fields && [...fields].map(([property, { name }]) => [name, property]));
  const properties = plan.columns.map((column) => [
    propertyNames.get(column.name) ?? camel(column.name),
    plan.kind === 'log' && column.name === 'experiment_id' ? reference(column, main) : property(plan, column),
  ]);
  return new EntitySchema({
    class: entity as never,
    tableName: plan.name,
    forceConstructor: fields !== undefined,
    properties: Object.fromEntries(properties),
  });
};

type Property = Partial<EntityProperty>;

/** `claimed_at` → `claimedAt`, `ID` → `id`. */
const camel = (name: string): string =>
  name === 'ID' ? 'id' : name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const boolean = parseColumnType('BOOLEAN');

const property = (plan: TablePlan, column: ColumnPlan): Property => {
  const { name, type, nullable, field = type === boolean.sql && { name, type: boolean } } = column;
  const primary = plan.primaryKey.includes(name);
  return {
    type: field ? new Converted(field) : type === 'INTEGER' && primary ? 'integer' : new AsStored(),
    fieldName: name,
    columnType: type,
    nullable,
    unsigned: false,
    // The constructor alone sees what users' columns hold.
    ...(column.field && { hydrate: false }),
    ...(primary && { primary: true, autoincrement: plan.kind !== 'own' }),
    ...(plan.unique?.includes(name) && { unique: true }),
  } as Property;
};

const reference = ({ name, type }: ColumnPlan, main: EntityClass<object>): Property =>
  ({
    kind: 'm:1',
    entity: () => main,
    mapToPk: true,
    fieldName: name,
    columnType: type,
    nullable: true,
    deleteRule: 'cascade',
    updateRule: 'no action',
  }) as Property;

/**
 * A column whose values are converted, but only from the database: statements write, and convert with `toStored`. The ORM
 * converts to and fro when it reads, also values of other programs, so the way back takes every value.
 */
class Converted extends Type<unknown, unknown> {
  /** Not #private: the ORM copies a type property by property. */
  readonly column: Column;

  constructor(column: Column) {
    super();
    this.column = column;
  }

  override convertToDatabaseValue(value: unknown): unknown {
    return value;
  }

  override convertToJSValue(stored: unknown): unknown {
    return fromStored(stored, this.column);
  }

  override getColumnType(): string {
    return this.column.type.sql;
  }
}

/** A column whose values are given as they are stored. The ORM would make a Date of an instant, which is text here. */
class AsStored extends Type<unknown, unknown> {}
