import { withoutEscapes } from '../../domain/values/escape-sequences.ts';
import { visible } from './safe-text.ts';

/**
 * A text from outside for a terminal: one line, escape sequences gone, other control characters visible. A text in a
 * database must not be able to move the cursor.
 */
export const plain = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : visible(withoutEscapes(text).replace(/[\t\r\n]+/g, ' '));

/** The same for a text of several lines. */
export const plainLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => plain(line.replaceAll('\t', '  ')))
    .join('\n');

/** Text of several lines with nothing removed: whatever could drive a terminal is visible, but for line ends and tabs. */
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

/** How many columns of a terminal a plain text takes. */
export const displayWidth = (text: string): number => {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
};

/** A plain text cut to so many columns, an ellipsis at the end of what was cut. */
export const cut = (text: string, columns: number): string => {
  // Each code unit takes at least half a column or combines: no need to measure what is surely short or endless.
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

/** A plain text filled up with spaces to so many columns. */
export const padded = (text: string, columns: number, right = false): string => {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return right ? space + text : text + space;
};

/** Words in lines, each as long as `fits` allows; every line but the first begins with `hanging`. */
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

/** A sentence over several lines of a terminal; what stands in backticks, a command to be copied, is never broken. */
export const wrapped = (text: string, columns: number | undefined): string =>
  columns === undefined
    ? text
    : brokenLines(text.match(/[^\s`]*`[^`]*`[^\s`]*|\S+/g) ?? [], (line) => displayWidth(line) < columns).join('\n');
