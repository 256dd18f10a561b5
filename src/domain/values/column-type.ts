import type { ColumnType } from './column.ts';
import { ExperimenterError } from '../errors.ts';
import { didYouMean } from '../did-you-mean.ts';
import { shownValue } from './refusal.ts';

/** The numbers in parentheses, and whether UNSIGNED follows. */
interface Arguments {
  readonly numbers: readonly number[];
  readonly unsigned: boolean;
}

type Family = (word: string, given: Arguments) => ColumnType | string;

/** `min` ≤ the only number ≤ `max`, or `otherwise`; a text says what is wrong. */
const single = ({ numbers }: Arguments, min: number, max: number, otherwise: number): number | string => {
  if (numbers.length > 1) return 'takes one number';
  const [number = otherwise] = numbers;
  return number >= min && number <= max ? number : `takes a number from ${min} to ${max}`;
};

const integer =
  (bits: number): Family =>
  (word, { numbers, unsigned }) => {
    if (numbers.length > 1) return 'takes one number, its display width';
    // SQLite's integers end at 2^63 for every declared type, so a BIGINT UNSIGNED ends there on all databases.
    const range = unsigned
      ? { min: 0, end: 2 ** Math.min(bits, 63) }
      : { min: -(2 ** (bits - 1)), end: 2 ** (bits - 1) };
    // A display width does not limit values, and is deprecated on the servers.
    return { sql: unsigned ? `${word} UNSIGNED` : word, kind: 'integer', length: null, range };
  };

const plain =
  (kind: ColumnType['kind'], bytes?: number): Family =>
  (word, { numbers }) => {
    if (numbers.length > 0) return 'takes no number';
    return { sql: word, kind, length: null, ...(bytes === undefined ? {} : { bytes }) };
  };

/** A bare FLOAT is single precision on the servers and would round; FLOAT(53) is a double on all databases. */
const float: Family = (_word, given) => {
  const bits = single(given, 1, 53, 53);
  return typeof bits === 'string' ? bits : { sql: 'FLOAT(53)', kind: 'real', length: null };
};

/** Bare NUMERIC is NUMERIC(10,0) on the servers. It is written out here, and values that it would round are refused. */
const decimal: Family = (word, { numbers }) => {
  const [precision = 10, scale = 0] = numbers;
  if (numbers.length > 2 || precision < 1 || precision > 65 || scale > 30 || scale > precision) {
    return 'takes (precision, scale): 1 to 65 digits, 0 to 30 of them behind the point';
  }
  return { sql: `${word}(${precision},${scale})`, kind: 'decimal', length: null, precision, scale };
};

const characters =
  (max: number, otherwise: number): Family =>
  (word, given) => {
    const length = single(given, 1, max, otherwise);
    return typeof length === 'string'
      ? `${length}; longer text: TEXT`
      : { sql: `${word}(${length})`, kind: 'text', length };
  };

const clock =
  (kind: 'datetime' | 'time'): Family =>
  (word, given) => {
    const fraction = single(given, 0, 6, 0);
    if (typeof fraction === 'string') return `${fraction}, the digits of the second`;
    return { sql: fraction === 0 ? word : `${word}(${fraction})`, kind, length: null, fraction };
  };

const families = new Map<string, Family>([
  ['TINYINT', integer(8)],
  ['SMALLINT', integer(16)],
  ['MEDIUMINT', integer(24)],
  ['INT', integer(32)],
  ['INTEGER', integer(32)],
  ['BIGINT', integer(64)],
  ['DOUBLE', plain('real')],
  ['DOUBLE PRECISION', plain('real')],
  ['FLOAT', float],
  ['REAL', plain('real')],
  ['NUMERIC', decimal],
  ['DECIMAL', decimal],
  // 65,535 bytes of a row, four for each character.
  ['VARCHAR', characters(16_383, 255)],
  ['CHAR', characters(255, 1)],
  ['TINYTEXT', plain('text', 255)],
  ['TEXT', plain('text', 65_535)],
  ['MEDIUMTEXT', plain('text', 16_777_215)],
  ['LONGTEXT', plain('text')],
  ['BOOL', plain('boolean')],
  ['BOOLEAN', plain('boolean')],
  ['DATETIME', clock('datetime')],
  ['TIMESTAMP', clock('datetime')],
  ['DATE', plain('date')],
  ['TIME', clock('time')],
  ['JSON', plain('json')],
  // Python's word. SQLite takes any word as a type.
  ['STR', (_word, given) => plain('text')('LONGTEXT', given)],
  // FLOAT as PyExperimenter declares it: single precision on the servers.
  ['SINGLE', (_word, given) => plain('real')('FLOAT', given)],
]);

const hidden = ['STR', 'SINGLE'];

/** For text with single spaces between its words and at most `longest` characters. */
const syntax = /^([a-z]+(?: precision)?) ?(?:\( ?(\d{1,9}(?: ?, ?\d{1,9})*) ?\) ?)?(?:\b(unsigned))?$/i;
const longest = 200;

/** The allowed types, for messages and documents. */
export const columnTypeNames: readonly string[] = [...families.keys()].filter((name) => !hidden.includes(name));

const invalid = (text: string, problem: string): ExperimenterError =>
  new ExperimenterError('STUDY_INVALID', `${shownValue(text)} ${problem}`);

/**
 * Parses a SQL type of the allow-list, in any case. Its `sql` keeps the user's word, is understood by MySQL, MariaDB
 * and SQLite alike, and parses to itself. Throws `STUDY_INVALID` naming the types there are.
 */
export const parseColumnType = (text: string): ColumnType => {
  const spaced = text.trim().replace(/\s+/g, ' ');
  const match = spaced.length > longest ? null : syntax.exec(spaced);
  const word = match?.[1]?.toUpperCase() ?? '';
  const family = families.get(word);
  if (!match || !family) {
    const typed = /^[a-z]*/i.exec(spaced)?.[0] ?? '';
    throw invalid(
      text,
      `is no column type${didYouMean(typed, columnTypeNames)}; there are ${columnTypeNames.join(', ')}`,
    );
  }
  const unsigned = match[3] !== undefined;
  const type = family(word, { numbers: match[2]?.split(',').map(Number) ?? [], unsigned });
  if (typeof type === 'string') throw invalid(text, `is no column type: ${word} ${type}`);
  if (unsigned && type.kind !== 'integer') throw invalid(text, `is no column type: only integers are UNSIGNED`);
  return type;
};
