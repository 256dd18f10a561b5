import { Type } from '@mikro-orm/core';
import type { Column } from '../../../domain/values/column.ts';
import type { fromStored } from '../../../domain/values/stored-value.ts';
import type { Cell } from '../connection/sql.ts';
import { textOf } from './study-tables.ts';

/**
 * A column whose values are converted only when they are read. Statements write values, and convert them with
 * `toStored`. When the ORM reads a value, it converts it in both directions, also a value that another program wrote.
 * So the conversion to the database accepts every value.
 */
export class Converted extends Type<unknown, unknown> {
  /** Not #private, because the ORM copies a type property by property. */
  readonly column: Column;
  readonly value: typeof fromStored;

  constructor(column: Column, value: typeof fromStored) {
    super();
    this.column = column;
    this.value = value;
  }

  override convertToDatabaseValue(value: unknown): unknown {
    return value;
  }

  override convertToJSValue(stored: unknown): unknown {
    return this.value(stored, this.column);
  }

  override getColumnType(): string {
    return this.column.type.sql;
  }
}

/**
 * A column of the companion tables that holds numbers, unchanged from the driver. The ORM would convert a BIGINT to
 * text.
 */
export class AsStored extends Type<unknown, unknown> {}

/**
 * A column of the companion tables that is read as text, even if another program stored another type. The ORM would
 * convert an instant to a Date.
 */
export class Text extends Type<unknown, unknown> {
  override convertToDatabaseValue(value: unknown): unknown {
    return value;
  }

  override convertToJSValue(stored: unknown): unknown {
    return textOf(stored as Cell);
  }
}
