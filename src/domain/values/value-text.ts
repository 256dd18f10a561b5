import type { Column, Row, Value } from './column.ts';
import { isJson } from './json-column.ts';

/**
 * A value as JSON on one line, exactly. Unlike JSON.stringify it writes bigints and -0 as numbers, and NaN and infinities as
 * text, not as null. Characters that drive a terminal are escaped, which JSON allows.
 */
export const jsonText = (value: unknown): string => {
  if (value instanceof StoredJson) return value.text;
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) return JSON.stringify(String(value));
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    case 'string':
      return textJson(value);
    case 'boolean':
      return String(value);
    default:
      return 'null';
  }
};

/** A value as people read it: text is itself, NULL is `none`, everything else as in JSON. */
export const cellText = (value: Value | undefined, none = ''): string => {
  if (value === null || value === undefined) return none;
  return typeof value === 'string' ? value : jsonText(value);
};

/** A primitive that is the same for equal values, as a key of a map. The order of keys in JSON makes no difference. */
export const identity = (value: Value): unknown =>
  typeof value === 'object' && value !== null ? sortedJson(value) : value;

const sortedJson = (value: Value): string => {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return jsonText(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${jsonText(key)}:${sortedJson(member)}`).join(',')}}`;
};

/** The text of a JSON column, for `jsonText`. */
export class StoredJson {
  readonly text: string;

  constructor(stored: string) {
    this.text = isJson(stored) ? oneLine(stored) : textJson(stored);
  }
}

/** A row in which the text of JSON columns is marked, so that `jsonText` writes it unchanged. */
export const withStoredJson = (row: Row, columns: readonly Column[]): Readonly<Record<string, unknown>> => {
  if (columns.length === 0) return row;
  const written: Record<string, unknown> = { ...row };
  for (const { name, type } of columns) {
    const value = row[name];
    if (type.kind === 'json' && typeof value === 'string') written[name] = new StoredJson(value);
  }
  return written;
};

/** A function that writes the values of a column as `jsonText` does; JSON columns hold their text. */
export const columnJson = ({ type }: Column): ((value: Value) => string) =>
  remembering((value) => jsonText(type.kind === 'json' && typeof value === 'string' ? new StoredJson(value) : value));

/** Keeps the text of the last value: many columns have the same value in row after row. */
export const remembering = (textOf: (value: Value) => string): ((value: Value) => string) => {
  let last: Value = null;
  let text = textOf(last);
  return (value) => {
    if (!Object.is(value, last)) {
      text = textOf(value);
      last = value;
    }
    return text;
  };
};

/** JSON text with every digit, without line breaks (JSON has them only between its parts), and safe for a terminal. */
export const oneLine = (json: string): string => json.replace(/[\r\n]+/g, ' ').replace(driving, escaped);

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** C1 controls and changes of direction; the other controls are escaped already. */
const driving = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text that JSON writes unchanged between quotation marks. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

const textJson = (text: string): string => {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(driving, escaped);
};

const objectText = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value);
  let text = '';
  for (const key of Object.keys(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    if (item !== undefined) text += `${text === '' ? '' : ','}${keyText(key)}${jsonText(item)}`;
  }
  return `{${text}}`;
};

const MOST_KEYS = 1_000;
const keyTexts = new Map<string, string>();

/** Kept, because the rows of a table have the same keys. */
const keyText = (key: string): string => {
  let text = keyTexts.get(key);
  if (text === undefined) {
    text = `${textJson(key)}:`;
    if (keyTexts.size < MOST_KEYS) keyTexts.set(key, text);
  }
  return text;
};
