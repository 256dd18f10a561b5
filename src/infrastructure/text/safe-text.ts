/** The keys from the root of a file to a value. */
export type Path = readonly string[];

// Control, bidirectional and line-separator characters: a hostile name must not rewrite the terminal.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const longest = 60;

/** A text in which every character is visible. */
export const visible = (text: string): string =>
  text.replace(unsafe, (character) =>
    character.length === 1
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );

/** A text without the password of its first URL. The password ends at the last @, because it may contain others. */
export const withoutUrlPassword = (text: string): string => {
  const last = text.lastIndexOf('@');
  const found = last < 0 ? null : /:\/\/[^\s:@/]*:/.exec(text);
  const from = found ? found.index + found[0].length : -1;
  return found && from <= last ? `${text.slice(0, from)}[secret]${text.slice(last)}` : text;
};

/** The same for connection strings, which users paste where a host is expected. */
const withoutPassword = (text: string): string =>
  withoutUrlPassword(text).replace(/((?:passw(?:or)?d|pwd)\s*[=:]).*/is, '$1[secret]');

/** A text in quotes with every character visible; a long text is cut. */
export const quoted = (whole: string): string => {
  const text = withoutPassword(whole);
  const cut = text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
  return visible(JSON.stringify(cut));
};

/** A key path such as `table.keyfields.gamma`; unusual keys are in quotes. */
export const dotted = (path: Path): string =>
  path.map((key) => (/^[\p{L}\p{N}_$-]{1,60}$/u.test(key) ? key : quoted(key))).join('.') || '(root)';

/**
 * A description of a value. Scalars are shown; contents of objects and lists are not, because they may hold secrets.
 */
export const described = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  return `a ${typeof value}`;
};

/** Whether this is an object with keys, and not a list. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
