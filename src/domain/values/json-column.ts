import type { Column, StoredValue, Value } from './column.ts';
import { fitsBytes, largestText } from './text-column.ts';
import { refusal, shownValue, typeName } from './refusal.ts';

/* JSON that keeps every digit of integers beyond 2^53: JavaScript reads several of them as the same number. */

// In every supported Node, but not yet in TypeScript's library.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** The value of JSON text; an integer that a number would write with other digits is a bigint. Throws what `JSON.parse` throws. */
export const parseJson = (text: string): unknown =>
  // Fewer digits are always exact, and parsing without the reviver is several times as fast.
  /\d{16}/.test(text) ? JSON.parse(text, exact as (key: string, value: unknown) => unknown) : JSON.parse(text);

const exact = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  source !== undefined &&
  source !== String(value) &&
  /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/** A value as JSON text, bigints as the integers they are. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner));

/** Whether a text is JSON. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** MariaDB's limit (SQLite's and MySQL's are higher). All databases have the same one, so that a study can move. */
const deepest = 31;
/** MySQL's limit for a key. */
const longestKey = 65_535;

type Path = readonly (string | number)[];

const shownPath = (path: Path): string =>
  path.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step.slice(0, 40)}`), '$');

/** A plain object of any realm: it has no prototype, or its prototype has none. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** The first part that JSON would drop, change or refuse, and where it is. Undefined: the value comes back unchanged. */
const flaw = (value: unknown, path: (string | number)[], above: object[]): string | undefined => {
  const here = (): string => `at ${shownPath(path)}`;
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : `half of a surrogate pair ${here()}`;
    case 'number':
      return Number.isFinite(value) ? undefined : `${value} ${here()}`;
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'object':
      break;
    default:
      return `a ${typeof value} ${here()}`;
  }
  if (value === null) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? `an invalid Date ${here()}` : undefined;
  if (above.includes(value)) return `a cycle ${here()}`;
  if (above.length >= deepest) return `more than ${deepest} levels ${here()}`;
  above.push(value);
  const found = Array.isArray(value) ? flawOfArray(value, path, above) : flawOfObject(value, path, above);
  above.pop();
  return found;
};

const flawOfArray = (value: readonly unknown[], path: (string | number)[], above: object[]): string | undefined => {
  for (let index = 0; index < value.length; index += 1) {
    path.push(index);
    const found = flaw(value[index], path, above);
    if (found) return found;
    path.pop();
  }
  return undefined;
};

const flawOfObject = (value: object, path: (string | number)[], above: object[]): string | undefined => {
  if (!isPlain(value)) return `a ${typeName(value)} at ${shownPath(path)}`;
  if (Object.getOwnPropertySymbols(value).length > 0) return `a symbol as a key at ${shownPath(path)}`;
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) return `half of a surrogate pair in the key ${shownValue(key)} at ${shownPath(path)}`;
    if (!fitsBytes(key, longestKey)) return `a key of more than ${longestKey} bytes at ${shownPath(path)}`;
    path.push(key);
    const found = flaw(member, path, above);
    if (found) return found;
    path.pop();
  }
  return undefined;
};

const allowed = 'null, booleans, finite numbers, strings, Dates, and arrays and plain objects of them';

/** The same value with sorted keys, so that equal values have equal text on every database. */
const ordered = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, ordered((value as Readonly<Record<string, unknown>>)[name])]));
};

/** JSON text. A string becomes a JSON string, so stored text cannot be stored again as it is. */
export const jsonToStored = (value: unknown, column: Column): StoredValue => {
  const found = flaw(value, [], []);
  if (found) throw refusal(value, column, `JSON has no room for ${found}; allowed: ${allowed}`);
  const text = JSON.stringify(ordered(value));
  if (!fitsBytes(text, largestText)) {
    throw refusal(
      value,
      column,
      `its JSON is longer than ${largestText} bytes, the most a database takes in one statement`,
    );
  }
  return text;
};

/**
 * Reads JSON text, or what a driver made of it. SQLite gives a JSON number as a number, because JSON columns have numeric
 * affinity there. A driver must give strings as JSON text (mysql2: `jsonStrings`), otherwise "1" and 1 would be the same.
 * Text that is no JSON comes from another program, and is left as it is.
 */
export const jsonFromStored = (stored: unknown): Value => {
  if (typeof stored === 'bigint') return parseJson(String(stored)) as Value;
  if (typeof stored !== 'string') return stored as Value;
  try {
    return parseJson(stored) as Value;
  } catch {
    return stored;
  }
};
