import { nearestName } from '../../../domain/did-you-mean.ts';
import type { Document } from './document.ts';
import { dotted, isObject, type Path, visible } from '../../text/safe-text.ts';
import { Problems } from './problems.ts';
import { leaves, schema } from '../schema/schema.ts';
import { isLeaf, type AnyLeaf, type Section } from '../schema/node.ts';

/** Who has the last word: the higher. */
export const level = { file: 1, environment: 2, set: 3 } as const;

interface Setting {
  readonly value: unknown;
  readonly level: number;
}

/** Every key that was given, by whom, and where: file, environment, `--set`, each over the one before. */
export class SettingsSources {
  readonly problems = new Problems(
    (path) => this.origin(path),
    (path) => this.named(path),
  );
  /** What is not wrong enough to stop at, a line each. */
  readonly warnings: string[] = [];
  readonly document: Document;
  readonly #settings = new Map<string, Setting>();
  readonly #labels = new Map<string, string>();

  constructor(document: Document) {
    this.document = document;
  }

  /** Gives a key (or something inside a key of free shape) a value; `label` is how messages call where it came from. */
  put(path: Path, key: Path, value: unknown, by: number, label: string | undefined): void {
    this.#settings.set(key.join('.'), { value, level: by });
    if (label !== undefined) this.#labels.set(path.join('.'), label);
  }

  get(key: string): Setting | undefined {
    return this.#settings.get(key);
  }

  drop(key: string): void {
    this.#settings.delete(key);
  }

  /** 0 where nobody gave the key. */
  level(key: string): number {
    return this.#settings.get(key)?.level ?? 0;
  }

  origin(path: Path): string {
    const label = this.#label(path);
    if (label !== undefined) return label;
    const line = this.document.line(path);
    return line === undefined ? this.document.label : `${this.document.label}:${line}`;
  }

  #label(path: Path): string | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const label = this.#labels.get(path.slice(0, length).join('.'));
      if (label !== undefined) return label;
    }
    return undefined;
  }

  /** The path as the file has it, where it is another's format. */
  named(path: Path): Path {
    return this.#label(path) === undefined ? (this.document.named?.(path) ?? path) : path;
  }

  warn(path: Path, text: string): void {
    this.warnings.push(visible(`${this.origin(path)}: ${dotted(this.named(path))}: ${text}`));
  }

  /** Warns of keys that the other format passes over in silence; `handled` are spoken of elsewhere. */
  ignored(section: object, path: Path, known: readonly string[], handled: readonly string[] = []): void {
    for (const key of Object.keys(section).filter((name) => !known.includes(name) && !handled.includes(name))) {
      const meant = nearestName(key, known);
      const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      this.warn([...path, key], `found an unknown key, which is ignored${guess}; known are ${known.join(', ')}`);
    }
  }

  /** Takes the file's keys in; unknown ones and misplaced values are problems. */
  takeDocument(): void {
    const { root } = this.document;
    if (!isObject(root))
      return this.problems.add([], kind(root), `an object with the keys ${Object.keys(schema).join(', ')}`);
    const { $schema, ...rest } = root;
    if ($schema !== undefined && typeof $schema !== 'string')
      this.problems.add(['$schema'], kind($schema), 'the path of the JSON Schema');
    this.#takeSection(schema, rest, []);
  }

  #takeSection(section: Section, value: Record<string, unknown>, path: Path): void {
    for (const [name, item] of Object.entries(value)) {
      const node = Object.hasOwn(section, name) ? section[name] : undefined;
      const here = [...path, name];
      if (!node) this.unknown(here, Object.keys(section));
      else if (isLeaf(node)) this.put(here, here, item, level.file, undefined);
      else if (isObject(item)) this.#takeSection(node, item, here);
      else this.problems.add(here, kind(item), `an object with any of the keys ${Object.keys(node).join(', ')}`);
    }
  }

  /** Reports a key that is not there, with the one that was probably meant. */
  unknown(path: Path, allowed: readonly string[], origin?: string): void {
    const name = path.at(-1) ?? '';
    const elsewhere = [...leaves()]
      .map(([key]) => key)
      .filter((key) => key.at(-1) === name)
      .map(dotted);
    // Half a name is no typing mistake, and still easy to guess: timeout, memory, heartbeat.
    const longer =
      name.length < 3 ? undefined : allowed.find((key) => key.toLowerCase().startsWith(name.toLowerCase()));
    const meant = nearestName(name, allowed) ?? longer ?? elsewhere[0];
    this.problems.line(
      path,
      `found an unknown key; allowed ${allowed.join(', ')}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
      origin,
    );
  }
}

/** Sections' values are never shown: a connection URL has a password in it. */
const kind = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
};

/** The key at a path and what of the path leads on inside it; undefined if there is none, a section if it stops early. */
export const resolveKey = (
  path: Path,
): { readonly key: Path; readonly leaf: AnyLeaf; readonly inside: Path } | Section | undefined => {
  let node: AnyLeaf | Section = schema;
  for (const [index, name] of path.entries()) {
    if (isLeaf(node)) return { key: path.slice(0, index), leaf: node, inside: path.slice(index) };
    const next: AnyLeaf | Section | undefined = Object.hasOwn(node, name) ? node[name] : undefined;
    if (!next) return undefined;
    node = next;
  }
  return isLeaf(node) ? { key: path, leaf: node, inside: [] } : node;
};
