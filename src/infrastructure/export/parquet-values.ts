import type { SchemaElement } from 'hyparquet-writer';
import type { Column, Value } from '../../domain/values/column.ts';
import { parseDecimal, scaledInteger } from '../../domain/values/decimal.ts';
import { jsonText, StoredJson } from '../../domain/values/value-text.ts';

/**
 * How a column is written: its entry in the schema, and the encoding of a value; undefined if the type cannot hold it.
 */
export interface ParquetColumn {
  readonly name: string;
  readonly element: SchemaElement;
  encode(value: Exclude<Value, null>): unknown;
}

/** Digits of an INT64. */
const LONG_DIGITS = 18;

const INT32_END = 2 ** 31;

/**
 * The Parquet column for a SQL type. Times have no time zone, as in the database. Types that Parquet lacks are text:
 * JSON, marked as such, and decimals of more than 18 digits.
 */
export const parquetColumn = ({ name, type }: Column): ParquetColumn => {
  const of = (element: Omit<SchemaElement, 'name'>, encode: ParquetColumn['encode']): ParquetColumn => ({
    name,
    element: { name, repetition_type: 'OPTIONAL', ...element },
    encode,
  });
  switch (type.kind) {
    case 'integer': {
      const { min, end } = type.range ?? { min: -(2 ** 63), end: 2 ** 63 };
      if (min >= -INT32_END && end <= INT32_END)
        return of({ type: 'INT32' }, (value) => (isWithin(value, -INT32_END, INT32_END) ? value : undefined));
      return of({ type: 'INT64' }, (value) =>
        isInteger(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? BigInt(value) : undefined,
      );
    }
    case 'real':
      return of({ type: 'DOUBLE' }, (value) => (typeof value === 'number' ? value : undefined));
    case 'decimal': {
      const { precision = 10, scale = 0 } = type;
      if (precision > LONG_DIGITS) return text(of);
      return of({ type: 'INT64', converted_type: 'DECIMAL', precision, scale }, (value) =>
        unscaled(value, precision, scale),
      );
    }
    case 'boolean':
      return of({ type: 'BOOLEAN' }, (value) => (typeof value === 'boolean' ? value : undefined));
    case 'datetime':
      return of(
        { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } },
        (value) => microseconds(value, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/, ''),
      );
    case 'time':
      return of({ type: 'INT64', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' } }, (value) =>
        microseconds(value, /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/, '1970-01-01 '),
      );
    case 'date':
      return of({ type: 'INT32', converted_type: 'DATE' }, days);
    case 'json':
      // The text itself: the library would parse and write it again.
      return of({ type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, (value) =>
        Buffer.from(jsonText(typeof value === 'string' ? new StoredJson(value) : value)),
      );
    case 'text':
      return text(of);
  }
};

type Make = (element: Omit<SchemaElement, 'name'>, encode: ParquetColumn['encode']) => ParquetColumn;

const text = (of: Make): ParquetColumn =>
  of({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, (value) =>
    typeof value === 'object' ? undefined : String(value),
  );

const isInteger = (value: Value): value is number | bigint => typeof value === 'bigint' || Number.isSafeInteger(value);

const isWithin = (value: Value, min: number, end: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value < end;

/** 12.50 with scale 2 is 1250. */
const unscaled = (value: Value, precision: number, scale: number): bigint | undefined => {
  const exact = typeof value === 'object' ? undefined : parseDecimal(String(value));
  if (!exact || exact.exponent < -scale) return undefined;
  const integer = scaledInteger(exact, scale);
  return integer < 10n ** BigInt(precision) && integer > -(10n ** BigInt(precision)) ? integer : undefined;
};

const microseconds = (value: Value, syntax: RegExp, date: string): bigint | undefined => {
  if (typeof value !== 'string' || !syntax.test(value)) return undefined;
  const instant = date + value;
  const day = milliseconds(instant);
  if (day === undefined) return undefined;
  const seconds =
    (Number(instant.slice(11, 13)) * 60 + Number(instant.slice(14, 16))) * 60 + Number(instant.slice(17, 19));
  return BigInt(day + seconds * 1_000) * 1_000n + BigInt(instant.slice(20).padEnd(6, '0'));
};

const days = (value: Value): number | undefined => {
  const day = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? milliseconds(value) : undefined;
  return day === undefined ? undefined : day / 86_400_000;
};

/** Of the day `YYYY-MM-DD`; undefined for a 30 February, which JavaScript takes for a day in March. */
const milliseconds = (day: string): number | undefined => {
  const of = Number(day.slice(8, 10));
  const at = new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, of));
  return at.getUTCDate() === of ? at.getTime() : undefined;
};
