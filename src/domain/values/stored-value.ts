import type { Column, StoredValue, Value } from './column.ts';
import { clockFromStored, dateToStored, datetimeToStored, timeToStored } from './date-column.ts';
import { jsonFromStored, jsonToStored } from './json-column.ts';
import {
  decimalFromStored,
  decimalToStored,
  integerFromStored,
  integerToStored,
  realFromStored,
  realToStored,
} from './number-column.ts';
import { writeJson } from './json-column.ts';
import { textToStored } from './text-column.ts';
import { numberInBlob } from './number-column.ts';
import { refusal } from './refusal.ts';

const booleanToStored = (value: unknown, column: Column): StoredValue => {
  if (value === true || value === 'true' || value === 1 || value === 1n) return 1;
  if (value === false || value === 'false' || value === 0 || value === 0n) return 0;
  throw refusal(value, column, 'allowed: true, false, 1, 0, "true", "false"');
};

const booleanFromStored = (stored: number | bigint | string): Value => {
  const text = String(stored);
  if (text === '0' || text === '1') return text === '1';
  return stored;
};

/**
 * Converts a value to what the column stores, exactly. null and undefined are NULL. Throws `VALUE_REFUSED`, which names
 * column, type, value and what is allowed. It accepts its own answer again unchanged, except for JSON, where text is a string.
 */
export const toStored = (value: unknown, column: Column): StoredValue => {
  if (value === null || value === undefined) return null;
  switch (column.type.kind) {
    case 'integer':
      return integerToStored(value, column);
    case 'real':
      return realToStored(value, column);
    case 'decimal':
      return decimalToStored(value, column);
    case 'boolean':
      return booleanToStored(value, column);
    case 'text':
      return textToStored(value, column);
    case 'datetime':
      return datetimeToStored(value, column);
    case 'date':
      return dateToStored(value, column);
    case 'time':
      return timeToStored(value, column);
    case 'json':
      return jsonToStored(value, column);
  }
};

/**
 * The inverse of `toStored`, for what a database driver returned. Other programs write to the same tables: a value that
 * `toStored` cannot have made comes back as the driver gave it, and bytes as SQL writes them: `x'00ff'`.
 */
export const fromStored = (stored: unknown, column: Column): Value => {
  if (stored === null || stored === undefined) return null;
  const { kind } = column.type;
  if (stored instanceof Uint8Array) {
    const number = numberInBlob(stored, kind);
    return number === undefined ? bytesText(stored) : fromStored(number, column);
  }
  if (kind === 'json') return jsonFromStored(stored);
  if (typeof stored !== 'number' && typeof stored !== 'bigint' && typeof stored !== 'string') return stored as Value;
  switch (kind) {
    case 'integer':
      return integerFromStored(stored);
    case 'real':
      return realFromStored(stored);
    case 'decimal':
      return decimalFromStored(stored);
    case 'boolean':
      return booleanFromStored(stored);
    case 'datetime':
    case 'time':
      return clockFromStored(String(stored), column);
    default:
      return String(stored);
  }
};

/**
 * `convert` (`fromStored` or `textFromStored`) for one column, chosen once for many rows. What a driver gives for a text or
 * a number is usually the value already.
 */
export const readerOf = (column: Column, convert: typeof fromStored): ((stored: unknown) => Value) => {
  switch (column.type.kind) {
    case 'text':
    case 'date':
      return (stored) => (typeof stored === 'string' || stored === null ? stored : convert(stored, column));
    case 'integer':
    case 'real':
    case 'decimal':
      return (stored) => (typeof stored === 'number' || stored === null ? stored : convert(stored, column));
    default:
      return (stored) => convert(stored, column);
  }
};

/** The same, but JSON as the stored text, with its digits and spaces. */
export const textFromStored = (stored: unknown, column: Column): Value => {
  if (column.type.kind !== 'json' || stored === null || stored === undefined || stored instanceof Uint8Array)
    return fromStored(stored, column);
  if (typeof stored === 'string') return stored;
  return Object.is(stored, -0) ? '-0' : writeJson(stored);
};

const bytesText = (bytes: Uint8Array): string =>
  `x'${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}'`;
