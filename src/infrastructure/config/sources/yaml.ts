import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Path } from '../../text/safe-text.ts';
import { readPythonYaml } from '../python-yaml/read.ts';
import { limits, type SourceText } from '../../text/source-text.ts';

/** Loaded with the first YAML: seventy modules, and most configurations are JSON. */
const yaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml;

// Own messages: the library's messages quote the text, which may contain a secret.
const words: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) takes neither tag nor anchor',
  BAD_ALIAS: 'an alias (*name) without a valid name; a text that begins with * needs quotes',
  BAD_DQ_ESCAPE: 'an unknown escape in a double-quoted text; single quotes know no escapes',
  BAD_INDENT: 'wrong indentation',
  BAD_SCALAR_START: 'a text that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a nested block cannot be a key; is a line indented too far, or a text without quotes that contains ": "?',
  DUPLICATE_KEY: 'this key stands here twice',
  MISSING_CHAR: 'a closing quote or bracket, a comma, a ":" or a space is missing here',
  MULTIPLE_DOCS: 'a second document (---); the file must be one',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a ":" missing?',
  NON_STRING_KEY: 'a key must be a plain text',
  RESOURCE_EXHAUSTION: `nested deeper than ${limits.depth} levels`,
  TAB_AS_INDENT: 'a tab as indentation; YAML wants spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag (!name); a text that begins with ! needs quotes',
};

/** The keys at the root of PyExperimenter's files. */
const pythonRoots = ['PY_EXPERIMENTER', 'CREDENTIALS'];

/**
 * YAML 1.2, core schema, one document, texts as keys; every warning is an error, aliases are counted. PyExperimenter's
 * files are read as Python reads them.
 */
export const readYaml = (source: SourceText): unknown => {
  const document = parse(source);
  if (isPythons(document)) return readPythonYaml(source);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const lines = faults.slice(0, 10).map(({ code, pos }) => {
      const { line, column } = source.position(pos[0]);
      return `${source.label}:${line}:${column}: ${words[code] ?? `not valid YAML (${code})`}`;
    });
    throw new ExperimenterError('CONFIG_INVALID', lines.join('\n'));
  }
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    source.fail(0, 'a %YAML directive of another version than 1.2');
  }
  return new Converter(source, document).convert(document.contents, [], 0);
};

/** The keys of the root are known despite errors: the parser goes on after them. */
const isPythons = ({ contents }: Yaml.Document): boolean => {
  const { isMap, isScalar } = yaml();
  return isMap(contents) && contents.items.some(({ key }) => isScalar(key) && pythonRoots.includes(String(key.value)));
};

const parse = (source: SourceText): Yaml.Document => {
  try {
    // The library's uniqueKeys compares every pair of keys; our check is linear.
    return yaml().parseDocument(source.text, {
      schema: 'core',
      strict: true,
      uniqueKeys: false,
      stringKeys: true,
      intAsBigInt: true,
      merge: false,
      resolveKnownTags: false,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) return source.fail(0, `nested deeper than ${limits.depth} levels`);
    return source.fail(0, 'not valid YAML');
  }
};

/** Turns nodes into plain values within the limits, remembering where each stood. */
class Converter {
  readonly #source: SourceText;
  readonly #document: Yaml.Document;
  readonly #yaml = yaml();
  #aliases = 0;

  constructor(source: SourceText, document: Yaml.Document) {
    this.#source = source;
    this.#document = document;
  }

  convert(node: unknown, path: Path, before: number): unknown {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    const offset = (node as Yaml.Node | null)?.range?.[0] ?? before;
    this.#source.value(path, offset);
    if (isAlias(node)) {
      this.#aliases += 1;
      if (this.#aliases > limits.aliases) this.#source.fail(offset, `more than ${limits.aliases} aliases`);
      const anchored = node.resolve(this.#document);
      if (!anchored)
        this.#source.fail(
          offset,
          'an alias (*name) without an anchor (&name) before it; a text that begins with * needs quotes',
        );
      return this.convert(anchored, path, offset);
    }
    if (isMap(node)) {
      const entries: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : '';
        const at = isScalar(key) ? (key.range?.[0] ?? offset) : offset;
        this.#source.key(path, name, entries, at);
        entries[name] = this.convert(value, [...path, name], at);
      }
      return entries;
    }
    if (isSeq(node)) return node.items.map((item, index) => this.convert(item, [...path, String(index)], offset));
    if (!isScalar(node)) return null;
    return safe(node.value);
  }
}

const safe = (value: unknown): unknown =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
