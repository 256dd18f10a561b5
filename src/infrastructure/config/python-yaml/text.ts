import type { SourceText } from '../../text/source-text.ts';

const linebreak = /\r\n|[\r\n\u0085\u2028\u2029]/y;
const spaces = / */y;
const comment = /#[^\r\n\u0085\u2028\u2029]*/y;
const blank = /[ \t\r\n\u0085\u2028\u2029]|$/y;
const marker = /(?:---|\.\.\.)(?=[ \t\r\n\u0085\u2028\u2029]|$)/y;
const unprintable = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A YAML text that is read as PyYAML's scanner does: from one token to the next, knowing line and column. */
export class PythonText {
  readonly #source: SourceText;
  readonly #text: string;
  #lineStart = 0;
  #at = 0;
  #line = 0;

  constructor(source: SourceText) {
    this.#source = source;
    this.#text = source.text;
    const found = unprintable.exec(this.#text);
    if (found) this.fail('a control character, which YAML refuses', found.index);
  }

  get at(): number {
    return this.#at;
  }

  get line(): number {
    return this.#line;
  }

  get column(): number {
    return this.#at - this.#lineStart;
  }

  /** The next character; empty at the end. */
  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Takes what a sticky expression matches here; empty: nothing. */
  take(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const [found = ''] = expression.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  /** Whether white space or the end follows, so many characters from here. */
  blank(distance = 0): boolean {
    blank.lastIndex = this.#at + distance;
    return blank.test(this.#text);
  }

  /** An indicator of blocks: `-`, `?` or `:` before white space. */
  indicates(character: string): boolean {
    return this.next === character && this.blank(1);
  }

  /** `---` or `...` at the beginning of a line; empty: neither. */
  marker(): string {
    marker.lastIndex = this.#at;
    return this.column === 0 && marker.test(this.#text) ? this.#text.slice(this.#at, this.#at + 3) : '';
  }

  /** Takes a line break, as the text it stands for; empty: there is none. */
  breakLine(): string {
    const found = this.take(linebreak);
    if (found === '') return '';
    this.#lineStart = this.#at;
    this.#line += 1;
    return found === '\u2028' || found === '\u2029' ? found : '\n';
  }

  /** Takes spaces, comments and line breaks; a comment needs no space before it. Answers whether a line has ended. */
  skip(): boolean {
    const line = this.#line;
    do {
      this.take(spaces);
      this.take(comment);
    } while (this.breakLine() !== '');
    return this.#line > line;
  }

  fail(message: string, at = this.#at): never {
    return this.#source.fail(at, message);
  }
}
