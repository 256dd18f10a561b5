import type { Path } from '../../text/safe-text.ts';
import { pythonScalar, type PythonScalar, taggedScalar } from './python-scalar.ts';
import { pythonText } from './python-values.ts';
import { type Pair, type PythonNode, yamlTag } from './node.ts';
import { parsePythonYaml } from './parser.ts';
import { limits, type SourceText } from '../../text/source-text.ts';

/** Reads YAML as OmegaConf does: by PyYAML, YAML 1.1 without timestamps, with merge keys, and no key twice. */
export const readPythonYaml = (source: SourceText): unknown =>
  new Construction(source).value(parsePythonYaml(source), []);

const unknownTag = 'an unknown tag (!name); a text that begins with ! needs quotes';

class Construction {
  readonly #source: SourceText;
  /** Number of merged maps and of their pairs: each may be merged many times. */
  #merges = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  value(node: PythonNode, path: Path): unknown {
    this.#source.value(path, node.offset);
    switch (node.kind) {
      case 'list':
        if (!this.#tagged(node, 'seq')) return this.#source.fail(node.offset, unknownTag);
        return node.items.map((item, index) => this.value(item, [...path, String(index)]));
      case 'map':
        if (!this.#tagged(node, 'map')) return this.#source.fail(node.offset, unknownTag);
        return this.#object(node.pairs, path);
      case 'scalar': {
        const { value, float } = this.#scalar(node);
        if (float) this.#source.float(path);
        return value;
      }
    }
  }

  #tagged({ tag }: PythonNode, type: string): boolean {
    return tag === undefined || tag === '!' || tag === yamlTag + type;
  }

  #scalar(node: PythonNode & { readonly kind: 'scalar' }): PythonScalar {
    const { tag, text, plain, offset } = node;
    // To PyYAML, `! "2"` is 2.
    if (tag === '!' || (tag === undefined && plain)) return pythonScalar(text);
    if (tag === undefined) return { value: text, float: false };
    const read = tag.startsWith(yamlTag) ? taggedScalar(tag.slice(yamlTag.length), text) : undefined;
    return read ?? this.#source.fail(offset, unknownTag);
  }

  /** The keys of merged maps come first; the map's own replace them where they stand. */
  #object(pairs: readonly Pair[], path: Path): object {
    const entries: Record<string, unknown> = {};
    const own: Record<string, true> = {};
    for (const [key, value] of this.#merged(pairs)) {
      const name = this.#name(key);
      this.#source.key(path, name, {}, key.offset);
      entries[name] = this.value(value, [...path, name]);
    }
    for (const [key, value] of pairs) {
      if (isMerge(key)) continue;
      const name = this.#name(key);
      this.#source.key(path, name, own, key.offset);
      own[name] = true;
      entries[name] = this.value(value, [...path, name]);
    }
    return entries;
  }

  /** What `<<` brings in: of several maps in a list, the first counts, so it comes last. */
  #merged(pairs: readonly Pair[]): readonly Pair[] {
    return pairs
      .filter(([key]) => isMerge(key))
      .flatMap(([key, value]) => {
        const maps = value.kind === 'list' ? value.items.toReversed() : [value];
        return maps.flatMap((map) => {
          if (map.kind !== 'map')
            return this.#source.fail(key.offset, 'a merge key (<<) takes a map, or a list of maps');
          const found = [...this.#merged(map.pairs), ...map.pairs.filter(([name]) => !isMerge(name))];
          this.#merges += 1 + found.length;
          if (this.#merges > limits.nodes) this.#source.fail(key.offset, `more than ${limits.nodes} values`);
          return found;
        });
      });
  }

  /** A key is a text to us; Python keeps 1, true and 1.5 as what they are. */
  #name(key: PythonNode): string {
    const name = key.kind === 'scalar' ? this.#scalar(key) : undefined;
    if (name === undefined || name.value === null) return this.#source.fail(key.offset, 'a key must be a plain text');
    return pythonText(name);
  }
}

const isMerge = (key: PythonNode): boolean =>
  key.kind === 'scalar' && key.text === '<<' && (key.tag === undefined ? key.plain : key.tag === '!');
