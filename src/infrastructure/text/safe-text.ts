/** Where a value stands: its keys from the root of the file. */
export type Path = readonly string[];

// Control, bidirectional and line-separator characters: a hostile name must not be able to rewrite the terminal.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const longest = 60;

/** A text with every character of it visible. */
export const visible = (text: string): string =>
  text.replace(unsafe, (character) =>
    character.length === 1
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );

/** The password of the first URL in a text: up to the last @, for passwords contain what they should not. */
export const withoutUrlPassword = (text: string): string => {
  const last = text.lastIndexOf('@');
  const found = last < 0 ? null : /:\/\/[^\s:@/]*:/.exec(text);
  const from = found ? found.index + found[0].length : -1;
  return found && from <= last ? `${text.slice(0, from)}[secret]${text.slice(last)}` : text;
};

/** The same for connection strings: people paste them where only a host belongs. */
const withoutPassword = (text: string): string =>
  withoutUrlPassword(text).replace(/((?:passw(?:or)?d|pwd)\s*[=:]).*/is, '$1[secret]');

/** A text in quotes, every character of it visible, cut when it is long. */
export const quoted = (whole: string): string => {
  const text = withoutPassword(whole);
  const cut = text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
  return visible(JSON.stringify(cut));
};

/** A key path as people write it: `table.keyfields.gamma`, odd keys in quotes. */
export const dotted = (path: Path): string =>
  path.map((key) => (/^[\p{L}\p{N}_$-]{1,60}$/u.test(key) ? key : quoted(key))).join('.') || '(root)';

/** What a value is, in words; scalars are shown, the contents of objects and lists never are: they may hold secrets. */
export const described = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  return `a ${typeof value}`;
};

/** Whether this is an object with keys, as JSON has them; not a list, not a class's instance. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
