import { withoutEscapes } from '../../domain/values/escape-sequences.ts';
import { visible } from './safe-text.ts';

/**
 * A text from outside for a terminal: one line, without escape sequences, other control characters made visible. A text
 * in a database must not move the cursor.
 */
export const plain = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : visible(withoutEscapes(text).replace(/[\t\r\n]+/g, ' '));

/** The same for a text of several lines. */
export const plainLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => plain(line.replaceAll('\t', '  ')))
    .join('\n');

/**
 * A text of several lines in which all control characters are visible, except line ends and tabs. Nothing is removed.
 */
export const visibleLines = (text: string): string =>
  /^[\x20-\x7e\n]*$/.test(text)
    ? text
    : text
        .split(/(\r?\n|\t)/)
        .map((part, at) => (at % 2 === 0 ? visible(part) : part))
        .join('');

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const combining = /^\p{M}$/u;

const characterWidth = (character: string): number => {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
};

/** The width of a plain text in columns of a terminal. */
export const displayWidth = (text: string): number => {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
};

/** A plain text cut to this number of columns; a cut text ends with an ellipsis. */
export const cut = (text: string, columns: number): string => {
  // The width is measured only if the text is short: a very long text is cut without it.
  if (text.length <= columns && displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) return columns < 1 ? '' : `${kept}…`;
    kept += character;
  }
  return kept;
};

/** A plain text padded with spaces to this number of columns. */
export const padded = (text: string, columns: number, right = false): string => {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return right ? space + text : text + space;
};

/** Lines of words, each as long as `fits` allows. Every line but the first begins with `hanging`. */
export const brokenLines = (words: readonly string[], fits: (line: string) => boolean, hanging = ''): string[] => {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line === undefined) lines.push(word);
    else if (fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(hanging + word);
  }
  return lines;
};

/** A sentence broken into lines of a terminal. Text in backticks, a command to be copied, is never broken. */
export const wrapped = (text: string, columns: number | undefined): string =>
  columns === undefined
    ? text
    : brokenLines(text.match(/[^\s`]*`[^`]*`[^\s`]*|\S+/g) ?? [], (line) => displayWidth(line) < columns).join('\n');
