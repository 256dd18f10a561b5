import { ExperimenterError } from '../errors.ts';

/** A part of a filter's text, and where it begins. */
export interface Token {
  readonly kind: 'word' | 'text' | 'field' | 'comparison' | '(' | ')' | ',' | 'end';
  /** The text without quotes and escapes. */
  readonly text: string;
  readonly at: number;
}

/** The longest expression in characters. */
const longestFilter = 10_000;

/** How many characters an error shows on each side of the place. */
const shownAround = 60;

/** `USAGE` with the expression and a caret below the place. */
export const filterError = (source: string, at: number, problem: string): ExperimenterError => {
  const from = Math.max(0, at - shownAround);
  const shown = source.slice(from, at + shownAround).replace(/\p{Cc}/gu, ' ');
  return new ExperimenterError('USAGE', `filter: ${problem}\n  ${shown}\n  ${' '.repeat(at - from)}^`);
};

const space = /\s*/y;
const comparison = /!=|!~|<=|>=|[=<>~]/y;
const word = /[^\s()=!<>~,'"`]+/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const matchAt = (pattern: RegExp, source: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? '';
};

/** Splits a filter's text. The last token is the end. Throws `USAGE`. */
export const filterTokens = (source: string): readonly Token[] => {
  if (source.length > longestFilter) {
    throw new ExperimenterError(
      'USAGE',
      `filter: found ${source.length} characters; allowed are at most ${longestFilter}`,
    );
  }
  const tokens: Token[] = [];
  let at = matchAt(space, source, 0).length;
  while (at < source.length) {
    const { token, end } = tokenAt(source, at);
    tokens.push(token);
    at = end + matchAt(space, source, end).length;
  }
  return [...tokens, { kind: 'end', text: 'the end', at }];
};

const tokenAt = (source: string, at: number): { readonly token: Token; readonly end: number } => {
  const character = source.charAt(at);
  switch (character) {
    case '(':
    case ')':
    case ',':
      return { token: { kind: character, text: character, at }, end: at + 1 };
    case "'":
    case '"':
      return quoted(source, at, 'text');
    case '`':
      return quoted(source, at, 'field');
    default: {
      const operator = matchAt(comparison, source, at);
      const text = operator === '' ? matchAt(word, source, at) : operator;
      if (text === '') throw filterError(source, at, `unexpected ${character}; there are = != < <= > >= ~ !~`);
      return { token: { kind: operator === '' ? 'word' : 'comparison', text, at }, end: at + text.length };
    }
  }
};

/** A text between quotes. The quote itself is written twice or after a backslash; \n \t \r \\ \uXXXX as in JavaScript. */
const quoted = (
  source: string,
  at: number,
  kind: 'text' | 'field',
): { readonly token: Token; readonly end: number } => {
  const quote = source.charAt(at);
  let text = '';
  for (let place = at + 1; place < source.length; place += 1) {
    const character = source.charAt(place);
    if (character === quote && source[place + 1] !== quote) {
      if (!text.isWellFormed() || text.includes('\0')) {
        throw filterError(source, at, 'this text holds NUL or half of a surrogate pair, which no column does');
      }
      return { token: { kind, text, at }, end: place + 1 };
    }
    if (character === quote) {
      text += quote;
      place += 1;
    } else if (character === '\\') {
      const { text: escaped, length } = escapeAt(source, place);
      text += escaped;
      place += length - 1;
    } else {
      text += character;
    }
  }
  throw filterError(source, at, `this ${quote} has no end`);
};

const escapeAt = (source: string, at: number): { readonly text: string; readonly length: number } => {
  const character = source.charAt(at + 1);
  const code = /^u([\da-f]{4})/i.exec(source.slice(at + 1, at + 6))?.[1];
  if (code !== undefined) return { text: String.fromCharCode(Number.parseInt(code, 16)), length: 6 };
  const text = escapes[character] ?? (/['"`\\]/.test(character) ? character : undefined);
  if (text === undefined)
    throw filterError(source, at, `no such escape; there are \\n \\t \\r \\\\ \\' \\" \\\` \\uXXXX`);
  return { text, length: 2 };
};
