import type { Column } from './column.ts';
import { ExperimenterError } from '../errors.ts';

/** How many characters of a value an error message shows. */
const shownLength = 80;

const shortened = (text: string): string => {
  const characters = [...text.slice(0, 2 * shownLength + 2)];
  const short = characters.length > shownLength ? `${characters.slice(0, shownLength - 1).join('')}…` : text;
  // Names of functions, classes and members may contain anything; a message has one line.
  return short.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
};

const className = (value: object): string => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return 'object';
  const { constructor } = prototype;
  return typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'object';
};

/** The type of a value in JavaScript: `number`, `null`, `array`, `object`, or the name of its class. */
export const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value !== 'object') return typeof value;
  const name = className(value);
  return name === 'Object' ? 'object' : name;
};

/** Any value as text for an error message: recognisable, short, and on one line. */
export const shownValue = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return shortened(JSON.stringify(value.slice(0, 4 * shownLength)));
    case 'bigint':
      return shortened(`${value}n`);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'function':
      return shortened(`function ${value.name || '(anonymous)'}`);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value))
        return shortened(
          `[${value
            .slice(0, 10)
            .map((item) => nested(item))
            .join(', ')}]`,
        );
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
      return shortened(`{${Object.keys(value).slice(0, 10).join(', ')}}`);
    default:
      return shortened(String(value));
  }
};

/** Inside an array: one level is enough to recognise it, and a cycle must end somewhere. */
const nested = (value: unknown): string =>
  typeof value === 'object' && value !== null ? typeName(value) : shownValue(value);

/** The error `VALUE_REFUSED`: which column refuses which value, and why. `reason` ends with what is allowed. */
export const refusal = (value: unknown, column: Column, reason: string): ExperimenterError =>
  new ExperimenterError(
    'VALUE_REFUSED',
    `${column.name} (${column.type.sql}) cannot hold ${shownValue(value)} (${typeName(value)}): ${reason}`,
  );
