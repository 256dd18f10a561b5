import type { Value } from '../values/column.ts';
import type { Comparison, Filter } from './filter.ts';
import { filterError, filterTokens, type Token } from './tokens.ts';
import { didYouMean } from '../did-you-mean.ts';

const deepest = 100;
const keywords = ['and', 'or', 'not', 'in'];

/**
 * Parses an expression like `kernel = rbf and (gamma > 0.1 or not seed in (1, 2))`:
 *
 * - `or`, `and`, `not` (in any case, binding in this order, `or` weakest) and parentheses;
 * - a field, bare or in backticks, regardless of case; the result has it as it stands in `fields`;
 * - `=` `!=` `<` `<=` `>` `>=`, `~` (contains), `!~`, `in (…)`, `not in (…)`;
 * - a value: a bare word, text in single or double quotes, a number, `true`, `false` or `null`.
 *
 * A bare word is a number only if JavaScript writes it the same: `1.0` and `007` are text, so that they keep their spelling
 * against a text field. Against a number field they count as numbers (see `matches`).
 *
 * Long chains of `and` and `or` become balanced trees, because databases limit the depth of expressions.
 * Throws `USAGE` with a caret below the place.
 */
export const parseFilter = (text: string, fields: readonly string[]): Filter => {
  const parser = new Parser(text, fields);
  return parser.whole();
};

/** Recursive descent over the tokens, one method for each rule of the grammar. */
class Parser {
  readonly #source: string;
  readonly #fields: readonly string[];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string, fields: readonly string[]) {
    this.#source = source;
    this.#fields = fields;
    this.#tokens = filterTokens(source);
  }

  whole(): Filter {
    const filter = this.#chain('or');
    if (this.#token.kind !== 'end') throw this.#expected('and, or, or the end');
    return filter;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', at: this.#source.length };
  }

  #chain(word: 'or' | 'and'): Filter {
    const part = (): Filter => (word === 'or' ? this.#chain('and') : this.#negation());
    const parts = [part()];
    while (this.#takeWord(word)) parts.push(part());
    return balanced(word, parts);
  }

  #negation(): Filter {
    this.#depth += 1;
    if (this.#depth > deepest) throw filterError(this.#source, this.#token.at, `nested more than ${deepest} deep`);
    const filter = this.#takeWord('not') ? negated(this.#negation()) : this.#primary();
    this.#depth -= 1;
    return filter;
  }

  #primary(): Filter {
    if (!this.#take('(')) return this.#condition();
    const filter = this.#chain('or');
    if (!this.#take(')')) throw this.#expected('and, or, or )');
    return filter;
  }

  #condition(): Filter {
    const field = this.#field();
    const negative = this.#takeWord('not');
    if (this.#takeWord('in')) {
      const filter: Filter = { kind: 'in', field, values: this.#list() };
      return negative ? negated(filter) : filter;
    }
    const { kind, text } = this.#token;
    if (negative) throw this.#expected('in');
    if (kind !== 'comparison') throw this.#expected('a comparison (= != < <= > >= ~ !~) or in');
    this.#next += 1;
    return { kind: 'compare', field, comparison: text as Comparison, value: this.#value() };
  }

  #field(): string {
    const { kind, text, at } = this.#token;
    if (kind !== 'field' && (kind !== 'word' || isKeyword(text))) throw this.#expected('a field, not or (');
    this.#next += 1;
    const name =
      this.#fields.find((field) => field === text) ??
      this.#fields.find((field) => field.toLowerCase() === text.toLowerCase());
    if (name !== undefined) return name;
    const names = this.#fields.slice(0, 50).join(', ');
    throw filterError(this.#source, at, `no field ${text}${didYouMean(text, this.#fields)}; there are ${names}`);
  }

  #list(): readonly Value[] {
    if (!this.#take('(')) throw this.#expected('( and the values, separated by commas');
    const values = [this.#value()];
    while (this.#take(',')) values.push(this.#value());
    if (!this.#take(')')) throw this.#expected(', or )');
    return values;
  }

  #value(): Value {
    const { kind, text } = this.#token;
    if (kind !== 'text' && (kind !== 'word' || isKeyword(text)))
      throw this.#expected('a value (quote it if it is text)');
    this.#next += 1;
    return kind === 'text' ? text : bareValue(text);
  }

  #take(kind: Token['kind']): boolean {
    if (this.#token.kind !== kind) return false;
    this.#next += 1;
    return true;
  }

  #takeWord(word: string): boolean {
    if (this.#token.kind !== 'word' || this.#token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #expected(what: string): Error {
    const { kind, text, at } = this.#token;
    return filterError(this.#source, at, `found ${kind === 'text' ? JSON.stringify(text) : text}, expected ${what}`);
  }
}

const isKeyword = (text: string): boolean => keywords.includes(text.toLowerCase());

const negated = (of: Filter): Filter => ({ kind: 'not', of });

const bareValue = (text: string): Value => {
  if (text.toLowerCase() === 'null') return null;
  // `TRUE` stays text, so that it keeps its spelling against a text field; a boolean field takes it as well.
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return Number.isFinite(number) && String(number) === text ? number : text;
};

/** A filter that is true if all of these are true; there is at least one. */
export const allOf = (parts: readonly Filter[]): Filter => balanced('and', parts);

const balanced = (kind: 'or' | 'and', parts: readonly Filter[]): Filter => {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const middle = Math.ceil(parts.length / 2);
  return { kind, left: balanced(kind, parts.slice(0, middle)), right: balanced(kind, parts.slice(middle)) };
};
