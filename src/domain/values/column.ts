/** A value that a column gives back: JSON columns hold nested values, DATETIME and DATE are text, BIGINT beyond 2^53 is a bigint. */
export type Value = string | number | bigint | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A value in the form that both databases store unchanged: booleans as 0/1, JSON and dates as text. */
export type StoredValue = string | number | bigint | null;

/** Values by column name. */
export type Row = Readonly<Record<string, Value>>;

/** A parsed SQL type. It is plain data, so that it crosses threads. Properties that a kind does not have are absent. */
export interface ColumnType {
  /** The canonical text for DDL, built from the parsed parts, never copied from the configuration. */
  readonly sql: string;
  readonly kind: 'integer' | 'real' | 'decimal' | 'boolean' | 'text' | 'datetime' | 'date' | 'time' | 'json';
  /** Text: the most characters (code points); null where the type has no limit of its own. */
  readonly length: number | null;
  /** Text: the most bytes of UTF-8. */
  readonly bytes?: number;
  /** Integer: `min` ≤ value < `end`. Both are powers of two or zero, so they are exact as numbers, also compared with a bigint. */
  readonly range?: { readonly min: number; readonly end: number };
  /** Decimal: how many digits, and how many of them behind the point. */
  readonly precision?: number;
  readonly scale?: number;
  /** Date and time: the digits behind the second. */
  readonly fraction?: number;
}

/** One column with its type. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Whether values of this type are numbers. */
export const isNumeric = ({ kind }: ColumnType): boolean => kind === 'integer' || kind === 'real' || kind === 'decimal';
