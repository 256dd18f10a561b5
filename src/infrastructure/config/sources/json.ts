import type { Path } from '../../text/safe-text.ts';
import type { SourceText } from '../../text/source-text.ts';

const blank = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const literal = /true|false|null/y;

/**
 * Strict JSON (RFC 8259) with what `JSON.parse` lacks: the place of every mistake, duplicate keys refused, integers
 * beyond 2^53 kept as bigint, and errors that never quote the text.
 */
export const readJson = (source: SourceText): unknown => {
  const { text } = source;
  let at = 0;
  const match = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found) at = expression.lastIndex;
    return found;
  };
  const next = (): string | undefined => (match(blank), text[at]);
  const expected = (what: string): never =>
    source.fail(
      at,
      at >= text.length ? `the file ends where ${what} is expected` : `${what} is expected here${tip(text, at)}`,
    );

  const value = (path: Path): unknown => {
    const start = next();
    source.value(path, at);
    if (start === '{') return object(path);
    if (start === '[') return array(path);
    if (start === '"')
      return JSON.parse(
        (match(string) ?? expected('the rest of a text (closing ", no raw line break, only JSON\'s escapes)'))[0],
      );
    const word = match(literal);
    if (word) return word[0] === 'null' ? null : word[0] === 'true';
    const begin = at;
    const digits = match(number) ?? expected('a value');
    const parsed = Number(digits[0]);
    if (!Number.isFinite(parsed)) source.fail(begin, 'a number too large for a double');
    const whole = digits[1] === undefined && digits[2] === undefined;
    return whole && !Number.isSafeInteger(parsed) ? BigInt(digits[0]) : parsed;
  };

  const array = (path: Path): unknown[] => {
    const items: unknown[] = [];
    at += 1;
    if (next() === ']') return ((at += 1), items);
    for (;;) {
      items.push(value([...path, String(items.length)]));
      const after = next();
      if (after !== ',' && after !== ']') expected('"," or "]"');
      at += 1;
      if (after === ']') return items;
    }
  };

  const object = (path: Path): Record<string, unknown> => {
    const entries: Record<string, unknown> = {};
    at += 1;
    if (next() === '}') return ((at += 1), entries);
    for (;;) {
      next();
      const begin = at;
      const key = JSON.parse((match(string) ?? expected('a key in double quotes'))[0]) as string;
      source.key(path, key, entries, begin);
      if (next() !== ':') expected('":"');
      at += 1;
      entries[key] = value([...path, key]);
      const after = next();
      if (after !== ',' && after !== '}') expected('"," or "}"');
      at += 1;
      if (after === '}') return entries;
    }
  };

  const root = value([]);
  if (next() !== undefined) expected('the end of the file');
  return root;
};

const tip = (text: string, at: number): string => {
  if (text.startsWith('//', at) || text.startsWith('/*', at) || text[at] === '#')
    return ' (JSON has no comments; YAML has)';
  if (text[at] === "'") return ' (JSON knows double quotes only)';
  const before = text.slice(0, at).trimEnd();
  return before.endsWith(',') && /[\]}]/.test(text[at] ?? '') ? ' (remove the comma before it)' : '';
};
