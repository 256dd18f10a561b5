import { type PythonNode, yamlTag } from './node.ts';
import type { PythonText } from './text.ts';

const anchor = /&[\w-]+(?=[ \t\r\n\u0085\u2028\u2029?:,\]}%@`]|$)/y;
const alias = /\*[\w-]+(?=[ \t\r\n\u0085\u2028\u2029?:,\]}%@`]|$)/y;
const tag = /!(?:<[^> \r\n]+>|[\w\-;/?:@&=+$,.!~*'()[\]%]*)(?=[ \r\n\u0085\u2028\u2029]|$)/y;
const directive = /%[^\r\n\u0085\u2028\u2029]*/y;
const spaces = / */y;

/** What stands before a node: `&anchor`, `!tag`. */
interface Properties {
  readonly offset: number;
  readonly anchor: string;
  readonly tag: string;
}

/** The anchors and tags of one document. */
export class PythonYamlProperties {
  readonly #text: PythonText;
  readonly #anchored = new Map<string, PythonNode>();
  readonly #handles = new Map([
    ['!', '!'],
    ['!!', yamlTag],
  ]);

  constructor(text: PythonText) {
    this.#text = text;
  }

  /** Takes the directives before a document; answers whether there are any. */
  directives(): boolean {
    const text = this.#text;
    let found = false;
    for (text.skip(); text.column === 0 && text.next === '%'; text.skip()) {
      found = true;
      const begin = text.at;
      const [name, first = '', second = ''] = text.take(directive).replace(/ #.*/, '').trim().split(/ +/);
      if (name === '%YAML' && !/^1\.\d+$/.test(first))
        text.fail('a %YAML directive of another version than 1.1', begin);
      if (name === '%TAG') this.#handles.set(first, second);
    }
    return found;
  }

  /** Takes an anchor and a tag, in either order. */
  take(): Properties | undefined {
    const text = this.#text;
    const offset = text.at;
    let [name, written] = ['', ''];
    while ((text.next === '&' && name === '') || (text.next === '!' && written === '')) {
      const found = text.take(text.next === '&' ? anchor : tag);
      if (found === '') text.fail('a text that begins with & or ! needs quotes');
      if (found.startsWith('&')) name = found.slice(1);
      else written = this.#resolved(found, offset);
      text.take(spaces);
    }
    return name === '' && written === '' ? undefined : { offset, anchor: name, tag: written };
  }

  /** The node that has these properties. */
  give(properties: Properties | undefined, node: PythonNode): PythonNode {
    if (!properties) return node;
    const { anchor: name, tag: written, offset } = properties;
    if (written !== '' && node.tag !== undefined) this.#text.fail('a second tag', node.offset);
    const whole = { ...node, offset, ...(written === '' ? {} : { tag: written }) };
    if (name !== '') this.#anchored.set(name, whole);
    return whole;
  }

  /** Takes an alias: the node of its anchor, once more. */
  alias(): PythonNode {
    const { at: offset } = this.#text;
    const found = this.#anchored.get(this.#text.take(alias).slice(1));
    if (found) return { ...found, offset };
    const words = 'an alias (*name) without an anchor (&name) before it; a text that begins with * needs quotes';
    return this.#text.fail(words, offset);
  }

  #resolved(written: string, offset: number): string {
    if (written.startsWith('!<')) return written.slice(2, -1);
    const [, handle = '!', suffix = ''] = /^(!(?:[\w-]*!)?)(.*)$/.exec(written) ?? [];
    const prefix = this.#handles.get(handle);
    return prefix === undefined ? this.#text.fail('a tag (!name!) without a %TAG directive', offset) : prefix + suffix;
  }
}
