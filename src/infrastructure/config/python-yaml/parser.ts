import { emptyNode, type Pair, type PythonNode } from './node.ts';
import { PythonYamlProperties } from './properties.ts';
import { blockScalar, plainScalar, quotedScalar } from './scalars.ts';
import { PythonText } from './text.ts';
import { limits, type SourceText } from '../../text/source-text.ts';

const oneCharacter = /./suy;
const neverFirst = /[\s\-?:,[\]{}#&*!|>'"%@`]|^$/;

const noSecondDocument = 'a second document (---); the file must be one';
const wrongIndentation = 'wrong indentation';
const noKeyHere =
  'a nested block cannot be a key; is a line indented too far, or a text without quotes that contains ": "?';

/**
 * The nodes of a document as PyYAML parses it, which is YAML 1.1 with differences: a comment needs no space after a
 * bracket, a flow collection and a text in quotes go on in any column, and a key ends on the line where it begins.
 */
export const parsePythonYaml = (source: SourceText): PythonNode => new Parser(new PythonText(source)).document();

class Parser {
  readonly #text: PythonText;
  readonly #properties: PythonYamlProperties;
  #depth = 0;

  constructor(text: PythonText) {
    this.#text = text;
    this.#properties = new PythonYamlProperties(text);
  }

  document(): PythonNode {
    const text = this.#text;
    const directives = this.#properties.directives();
    const explicit = text.marker() === '---';
    if (explicit) for (let count = 0; count < 3; count += 1) text.take(oneCharacter);
    else if (directives) text.fail('a line --- is expected after directives (%)');
    const root = this.#block(-1, !explicit, false);
    text.skip();
    if (text.marker() === '...') {
      text.take(/\.+/y);
      text.skip();
    }
    if (text.marker() !== '') text.fail(noSecondDocument);
    if (!text.ended) text.fail(wrongIndentation);
    return root;
  }

  /** A node within a block that is indented by `indent`; a new block may begin on this line only if `collections`. */
  #block(indent: number, collections: boolean, indentless: boolean): PythonNode {
    const text = this.#text;
    const allowed = text.skip() || collections;
    const { at: offset, column, line } = text;
    if (this.#over(indent, indentless)) return emptyNode(offset);
    return this.#deeper(() => {
      if (text.indicates('-') || text.indicates('?')) {
        if (!allowed) text.fail(noKeyHere);
        return text.next === '-' ? this.#list(column) : this.#map(column);
      }
      const properties = this.#properties.take();
      if (properties && text.skip()) return this.#properties.give(properties, this.#block(indent, true, indentless));
      const node = this.#inline(properties, indent);
      if (!this.#colon(line)) return node;
      return allowed ? this.#map(column, node) : text.fail(noKeyHere);
    });
  }

  /** Whether the block that is indented by `indent` holds no node here. */
  #over(indent: number, indentless: boolean): boolean {
    const { ended, column } = this.#text;
    if (ended || this.#text.marker() !== '') return true;
    if (column !== indent) return column < indent;
    // The lines of a block scalar stand further right, but its | or > need not.
    return !/[|>]/.test(this.#text.next) && !(indentless && this.#text.indicates('-'));
  }

  #list(column: number): PythonNode {
    const text = this.#text;
    const offset = text.at;
    const items: PythonNode[] = [];
    while (text.column === column && text.indicates('-')) {
      text.take(oneCharacter);
      items.push(this.#block(column, true, false));
      text.skip();
    }
    if (!text.ended && text.column > column) text.fail(wrongIndentation);
    return { kind: 'list', offset, items };
  }

  #map(column: number, first?: PythonNode): PythonNode {
    const text = this.#text;
    const offset = first?.offset ?? text.at;
    const pairs: Pair[] = [];
    for (let key = first; ; key = undefined) {
      if (key === undefined) {
        text.skip();
        if (this.#over(column - 1, false)) return { kind: 'map', offset, pairs };
        if (text.column > column) text.fail(wrongIndentation);
        if (text.indicates('?')) {
          pairs.push(this.#explicitPair(column));
          continue;
        }
        const line = text.line;
        key = this.#inline(this.#properties.take(), column);
        if (!this.#colon(line)) text.fail('a key must stand on one line; is a ":" missing?', key.offset);
      }
      text.take(oneCharacter);
      pairs.push([key, this.#block(column, false, true)]);
    }
  }

  /** What stands on the line of its properties; those may be all there is. */
  #inline(properties: ReturnType<PythonYamlProperties['take']>, indent: number): PythonNode {
    const text = this.#text;
    const nothing = properties && (text.ended || text.indicates(':'));
    return this.#properties.give(properties, nothing ? emptyNode(text.at) : this.#content(indent, false));
  }

  /** `? key`, and `: value` on a line of its own. */
  #explicitPair(column: number): Pair {
    const text = this.#text;
    text.take(oneCharacter);
    const key = this.#block(column, true, true);
    text.skip();
    if (text.column !== column || !text.indicates(':')) return [key, emptyNode(text.at)];
    text.take(oneCharacter);
    return [key, this.#block(column, true, true)];
  }

  /** Whether the `:` of a key that began on this line follows. */
  #colon(line: number): boolean {
    this.#text.skip();
    return this.#text.line === line && this.#text.indicates(':');
  }

  #content(indent: number, flow: boolean): PythonNode {
    const text = this.#text;
    const offset = text.at;
    if (text.marker() !== '') text.fail(noSecondDocument);
    const { next } = text;
    if (next === '*') return this.#properties.alias();
    if (next === '[' || next === '{') return this.#deeper(() => (next === '[' ? this.#flowList() : this.#flowMap()));
    if (next === '"' || next === "'") return { kind: 'scalar', offset, text: quotedScalar(text), plain: false };
    if (!flow && (next === '|' || next === '>'))
      return { kind: 'scalar', offset, text: blockScalar(text, indent), plain: false };
    if (next === '\t') text.fail('a tab; YAML wants spaces');
    const begins = !neverFirst.test(next) || (!text.blank(1) && (next === '-' || (!flow && '?:'.includes(next))));
    if (!begins) text.fail(`a text that begins with this character needs quotes`);
    return { kind: 'scalar', offset, text: plainScalar(text, indent, flow), plain: true };
  }

  #flowList(): PythonNode {
    const text = this.#text;
    const offset = text.at;
    const items = this.#separated(']', () => {
      const { at, line } = text;
      const explicit = text.take(/\?/y) !== '';
      const key = this.#flowNode(explicit ? ':,]' : '');
      const value = this.#flowValue(explicit ? undefined : line);
      return value || explicit
        ? ({ kind: 'map', offset: at, pairs: [[key, value ?? emptyNode(text.at)]] } satisfies PythonNode)
        : key;
    });
    return { kind: 'list', offset, items };
  }

  #flowMap(): PythonNode {
    const text = this.#text;
    const offset = text.at;
    const pairs = this.#separated('}', (): Pair => {
      const { line } = text;
      const explicit = text.take(/\?/y) !== '';
      const key = this.#flowNode(explicit ? ':,}' : '');
      return [key, this.#flowValue(explicit ? undefined : line) ?? emptyNode(text.at)];
    });
    return { kind: 'map', offset, pairs };
  }

  /** What stands between commas, up to the closing bracket; a last comma may close the list. */
  #separated<Item>(closing: string, item: () => Item): readonly Item[] {
    const text = this.#text;
    const items: Item[] = [];
    text.take(oneCharacter);
    for (text.skip(); text.next !== closing; text.skip()) {
      items.push(item());
      text.skip();
      if (text.next === closing) break;
      if (text.next !== ',') text.fail('a closing quote or bracket, a comma, a ":" or a space is missing here');
      text.take(oneCharacter);
    }
    text.take(oneCharacter);
    return items;
  }

  /** A node in brackets; nothing before one of the characters of `before` is an empty one. */
  #flowNode(before: string): PythonNode {
    const text = this.#text;
    text.skip();
    if (before !== '' && before.includes(text.next) && !text.ended) return emptyNode(text.at);
    const properties = this.#properties.take();
    if (!properties) return this.#content(0, true);
    text.skip();
    return this.#properties.give(properties, ':,]}'.includes(text.next) ? emptyNode(text.at) : this.#content(0, true));
  }

  /** The value of a pair in brackets, if its `:` follows, on the line where the key began. */
  #flowValue(line: number | undefined): PythonNode | undefined {
    const text = this.#text;
    text.skip();
    if (text.next !== ':' || (line !== undefined && text.line !== line)) return undefined;
    text.take(oneCharacter);
    return this.#flowNode(',]}');
  }

  #deeper<Node>(parse: () => Node): Node {
    this.#depth += 1;
    if (this.#depth > 2 * limits.depth) this.#text.fail(`nested deeper than ${limits.depth} levels`);
    const node = parse();
    this.#depth -= 1;
    return node;
  }
}
