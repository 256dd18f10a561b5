import type { Value } from '../values/column.ts';
import { writeJson } from '../values/json-column.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';

/** A parsed `--where` expression. `~` is "contains", case-sensitive; comparing with `null` tests for NULL. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'compare'; readonly field: string; readonly comparison: Comparison; readonly value: Value }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Value[] };

/** A filter as an expression that `parseFilter` reads again with the same meaning, for captions and messages. */
export const filterText = (filter: Filter): string => {
  switch (filter.kind) {
    case 'and':
      return [filter.left, filter.right].map((part) => within(part, ['or'])).join(' and ');
    case 'or':
      return `${filterText(filter.left)} or ${filterText(filter.right)}`;
    case 'not':
      return `not ${within(filter.of, ['or', 'and'])}`;
    case 'compare':
      return `${fieldText(filter.field)} ${filter.comparison} ${valueText(filter.value)}`;
    case 'in':
      return `${fieldText(filter.field)} in (${filter.values.map(valueText).join(', ')})`;
  }
};

/** In parentheses, if it binds more weakly than the expression around it. */
const within = (filter: Filter, weaker: readonly Filter['kind'][]): string =>
  weaker.includes(filter.kind) ? `(${filterText(filter)})` : filterText(filter);

const fieldText = (name: string): string =>
  /^[\p{L}\p{N}_.-]+$/u.test(name) && !/^(and|or|not|in)$/i.test(name) ? name : quoted(name, '`');

const valueText = (value: Value): string => {
  if (typeof value === 'string')
    return /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value) && !special.test(value) ? value : quoted(value, "'");
  return typeof value === 'object' && value !== null ? quoted(writeJson(value), "'") : String(value);
};

/** Words that are no text without quotes. */
const special = /^(and|or|not|in|null|true|false|infinity|nan)$/i;

const quoted = (text: string, quote: string): string => {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, quote + quote)
    .replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return quote + escaped + quote;
};
