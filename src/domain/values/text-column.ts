import type { Column, StoredValue } from './column.ts';
import { refusal } from './refusal.ts';

/** MariaDB's default `max_allowed_packet` is 16 MiB for a whole statement; the rest is for the statement's own text. */
export const largestText = 16_000_000;

/** The bytes of well-formed text in UTF-8. */
const utf8Length = (text: string): number => {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is two units and four bytes.
    if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
};

/** Whether text fits. It is counted only if its length does not decide: a UTF-16 unit is one to three bytes. */
export const fitsBytes = (text: string, most: number): boolean =>
  text.length * 3 <= most || (text.length <= most && utf8Length(text) <= most);

const fitsCharacters = (text: string, most: number): boolean => {
  if (text.length <= most) return true;
  if (text.length > 2 * most) return false;
  let pairs = 0;
  for (let index = 0; index < text.length; index += 1) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800) pairs += 1;
  }
  return text.length - pairs <= most;
};

export const textToStored = (value: unknown, column: Column): StoredValue => {
  if (typeof value !== 'string') {
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
      return textToStored(String(value), column);
    }
    throw refusal(
      value,
      column,
      'allowed: a string, number, bigint or boolean; a JSON column holds arrays and objects',
    );
  }
  const { length, bytes, sql } = column.type;
  if (value.includes('\0')) throw refusal(value, column, 'it contains a NUL character, which databases cut text at');
  if (!value.isWellFormed()) {
    throw refusal(
      value,
      column,
      'it contains half of a surrogate pair, which is no character; allowed: well-formed Unicode',
    );
  }
  if (length !== null && !fitsCharacters(value, length)) {
    throw refusal(value, column, `it has ${[...value].length} characters; allowed: at most ${length}`);
  }
  const most = Math.min(bytes ?? largestText, largestText);
  if (!fitsBytes(value, most))
    throw refusal(value, column, `it takes ${utf8Length(value)} bytes; allowed: at most ${most}`);
  // The servers remove a CHAR's trailing spaces when they read it, so it would come back as another value.
  if (sql.startsWith('CHAR') && value.endsWith(' ')) {
    throw refusal(
      value,
      column,
      'CHAR loses trailing spaces; allowed: text that does not end with one, or declare VARCHAR',
    );
  }
  return value;
};
