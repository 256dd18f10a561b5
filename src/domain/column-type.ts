import type { Column } from './study.ts';

/** What a column gives back: JSON columns hold nested values, DATETIME and DATE are text, BIGINT beyond 2^53 is a bigint. */
export type Value = string | number | bigint | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A value in the form that both databases store unchanged: booleans as 0/1, JSON and dates as text. */
export type StoredValue = string | number | bigint | null;

/** Values by column name. */
export type Row = Readonly<Record<string, Value>>;

/** A parsed SQL type: plain data, so that it crosses threads. */
export interface ColumnType {
  /** The canonical text for DDL, built from the parts and never pasted from the configuration. */
  readonly sql: string;
  readonly kind: 'integer' | 'real' | 'decimal' | 'boolean' | 'text' | 'datetime' | 'date' | 'time' | 'json';
  /** Text: the most characters; null where the type has no limit of its own. */
  readonly length: number | null;
}

/** Parses a SQL type of the allow-list, in any case. Throws `STUDY_INVALID` naming the types there are. */
export declare const parseColumnType: (text: string) => ColumnType;
/** Turns a value into what the column stores. Throws `VALUE_REFUSED` naming column, type, value and what is allowed. */
export declare const toStored: (value: unknown, column: Column) => StoredValue;
/** The inverse of `toStored`, for what a database driver returned. */
export declare const fromStored: (stored: unknown, column: Column) => Value;
