import type { PythonText } from './text.ts';

const inBlock = /[^ \t\r\n\u0085\u2028\u2029:]*(?::(?![ \t\r\n\u0085\u2028\u2029]|$)[^ \t\r\n\u0085\u2028\u2029:]*)*/y;
const inFlow =
  /[^ \t\r\n\u0085\u2028\u2029:,?[\]{}]*(?::(?![ \t\r\n\u0085\u2028\u2029,[\]{}]|$)[^ \t\r\n\u0085\u2028\u2029:,?[\]{}]*)*/y;
const spaces = / */y;
const whitespace = /[ \t]*/y;
const restOfLine = /[^\r\n\u0085\u2028\u2029]*/y;

/** Lines that follow one another within a scalar: one break is a space, and of more the first is dropped. */
const folded = (first: string, more: string): string => {
  if (first !== '\n') return first + more;
  return more === '' ? ' ' : more;
};

/** A scalar without quotes, also over several lines that stand further right than `indent`. */
export const plainScalar = (text: PythonText, indent: number, flow: boolean): string => {
  let value = '';
  let gap = '';
  while (text.next !== '#') {
    const chunk = text.take(flow ? inFlow : inBlock);
    if (chunk === '') break;
    value += gap + chunk;
    gap = plainGap(text);
    if (gap === '' || (!flow && text.column <= indent)) break;
  }
  return value;
};

const plainGap = (text: PythonText): string => {
  const within = text.take(spaces);
  const first = text.breakLine();
  if (first === '') return within;
  let more = '';
  for (let broken = first; broken !== '';) {
    if (text.marker() !== '') return '';
    text.take(spaces);
    broken = text.breakLine();
    more += broken;
  }
  return folded(first, more);
};

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};
const single = /(?:[^' \t\r\n\u0085\u2028\u2029]|'')+/y;
const double = /[^"\\ \t\r\n\u0085\u2028\u2029]+/y;
const numbered = /x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}/y;
const anyCharacter = /./suy;

/** A scalar in quotes; its lines may begin in any column. */
export const quotedScalar = (text: PythonText): string => {
  const begin = text.at;
  const quote = text.take(anyCharacter);
  let value = '';
  for (;;) {
    value += quote === "'" ? text.take(single).replaceAll("''", "'") : text.take(double);
    if (text.next === quote) break;
    if (text.ended) text.fail('a closing quote is missing for the text that begins here', begin);
    if (text.next === '\\') {
      value += escaped(text);
      continue;
    }
    const within = text.take(whitespace);
    const first = text.breakLine();
    value += first === '' ? within : folded(first, emptyLines(text));
  }
  text.take(anyCharacter);
  return value;
};

const escaped = (text: PythonText): string => {
  const begin = text.at;
  text.take(anyCharacter);
  if (text.breakLine() !== '') return emptyLines(text);
  const code = text.take(numbered);
  const point = Number.parseInt(code.slice(1), 16);
  const character =
    code === '' ? escapes[text.take(anyCharacter)] : point > 0x10ffff ? undefined : String.fromCodePoint(point);
  return character ?? text.fail('an unknown escape in a double-quoted text; single quotes know no escapes', begin);
};

const emptyLines = (text: PythonText): string => {
  let lines = '';
  for (let broken = '\n'; broken !== ''; lines += broken) {
    if (text.marker() !== '') text.fail('a second document (---) begins within a text in quotes');
    text.take(whitespace);
    broken = text.breakLine();
  }
  return lines;
};

const header = /[|>](?:([+-])([1-9])?|([1-9])([+-])?)?(?=[ \r\n\u0085\u2028\u2029]|$)/y;
const restOfHeader = / *(?:#[^\r\n\u0085\u2028\u2029]*)?/y;

/** A block scalar, `|` or `>`, whose lines stand further right than `indent`. */
export const blockScalar = (text: PythonText, indent: number): string => {
  const indicators = text.take(header);
  text.take(restOfHeader);
  if (indicators === '' || (text.breakLine() === '' && !text.ended))
    text.fail('a line break is expected after | or >; a text that begins with one of them needs quotes');
  const least = Math.max(indent + 1, 1);
  const given = Number(/[1-9]/.exec(indicators)?.[0] ?? 0);
  const found = given === 0 ? leadingLines(text) : undefined;
  const column = found ? Math.max(least, found.widest) : least + given - 1;
  let before = found ? found.breaks : linesBefore(text, column);
  let value = '';
  let last = '';
  while (text.column === column && !text.ended) {
    value += before;
    const spaced = text.next === ' ' || text.next === '\t';
    value += text.take(restOfLine);
    last = text.breakLine();
    before = linesBefore(text, column);
    if (text.column !== column || text.ended) break;
    const joined = indicators[0] === '>' && last === '\n' && !spaced && text.next !== ' ' && text.next !== '\t';
    value += joined ? (before === '' ? ' ' : '') : last;
  }
  if (!indicators.includes('-')) value += last;
  if (indicators.includes('+')) value += before;
  return value;
};

/** The empty lines before the first line of a block scalar, whose width says where its lines begin. */
const leadingLines = (text: PythonText): { readonly breaks: string; readonly widest: number } => {
  let breaks = '';
  let widest = 0;
  for (;;) {
    text.take(spaces);
    widest = Math.max(widest, text.column);
    const broken = text.breakLine();
    if (broken === '') return { breaks, widest };
    breaks += broken;
  }
};

const linesBefore = (text: PythonText, column: number): string => {
  let breaks = '';
  for (;;) {
    while (text.column < column && text.next === ' ') text.take(anyCharacter);
    const broken = text.breakLine();
    if (broken === '') return breaks;
    breaks += broken;
  }
};
