import { Type } from '@mikro-orm/core';
import type { Column } from '../../../domain/values/column.ts';
import type { fromStored } from '../../../domain/values/stored-value.ts';
import type { Cell } from '../connection/sql.ts';
import { textOf } from './study-tables.ts';

/**
 * A column whose values are converted, but only from the database: statements write, and convert with `toStored`. The ORM
 * converts to and fro when it reads, also values of other programs, so the way back takes every value.
 */
export class Converted extends Type<unknown, unknown> {
  /** Not #private: the ORM copies a type property by property. */
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

/** A column of ours that holds numbers, as the driver gives them. The ORM would make text of a BIGINT. */
export class AsStored extends Type<unknown, unknown> {}

/** A column of ours that holds text, whatever another program has stored. The ORM would make a Date of an instant. */
export class Text extends Type<unknown, unknown> {
  override convertToDatabaseValue(value: unknown): unknown {
    return value;
  }

  override convertToJSValue(stored: unknown): unknown {
    return textOf(stored as Cell);
  }
}
