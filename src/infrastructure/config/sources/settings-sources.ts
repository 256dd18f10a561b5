import { ExperimenterError } from '../../../domain/errors.ts';
import { nearestName } from '../../../domain/did-you-mean.ts';
import type { Document } from './document.ts';
import { described, dotted, isObject, type Path, visible } from '../../text/safe-text.ts';
import { boxed, settingValues, type SettingValues, unboxed, Unreadable, validated } from './setting-values.ts';
import { leaves, schema, type Settings } from '../schema/schema.ts';
import { isLeaf, type AnyLeaf, type Section } from '../schema/node.ts';

/** Precedence: the higher number wins. */
export const level = { file: 1, environment: 2, set: 3 } as const;

/** The keys that were given, with their source and place: file, environment, `--set`, in rising precedence. */
export class SettingsSources {
  readonly problems = new Problems(
    (path) => this.origin(path),
    (path) => this.named(path),
  );
  /** What is no error and should be known, a line each. */
  readonly warnings: string[] = [];
  readonly document: Document;
  readonly #values: SettingValues;
  readonly #levels = new Map<string, number>();
  readonly #labels = new Map<string, string>();

  /** `environment`: the variables that may be keys. They apply from `takeVariables` on. */
  constructor(document: Document, environment: NodeJS.ProcessEnv) {
    this.document = document;
    this.#values = settingValues(environment, (path, leaf, value) => this.#judge(path, leaf, value));
  }

  /** Sets a key. `path`: of the key, or inside its value. `label`: the name of the source in messages. */
  put(path: Path, key: Path, value: unknown, by: number, label: string | undefined): void {
    this.#values.set(key.join('.'), boxed(value));
    this.#given(path, key, by, label);
  }

  #given(path: Path, key: Path, by: number, label: string | undefined): void {
    this.#levels.set(key.join('.'), by);
    if (label !== undefined) this.#labels.set(path.join('.'), label);
  }

  /** The value of a key, or its default. */
  value(key: string): unknown {
    return unboxed(this.#values.get(key));
  }

  drop(key: string): void {
    this.#values.reset(key);
    this.#levels.delete(key);
  }

  /** 0 where the key was not given. */
  level(key: string): number {
    return this.#levels.get(key) ?? 0;
  }

  /** Takes these variables of the environment over what the file says. */
  takeVariables(variables: ReadonlyMap<string, { readonly path: Path; readonly leaf: AnyLeaf }>): void {
    this.#values.load({}); // convict reads the environment after each load
    for (const [name, { path, leaf }] of variables) {
      const value = this.value(path.join('.'));
      if (value instanceof Unreadable) this.unreadable(path, leaf, value.reason, name);
      else this.#given(path, path, level.environment, name);
    }
  }

  /** Reports a text that should be JSON, and is not. */
  unreadable(path: Path, leaf: AnyLeaf, reason: string, label: string): void {
    const found = leaf.sensitive ? '[secret]' : 'a value';
    this.problems.line(path, `found ${found} that is not valid JSON: ${reason}`, label);
  }

  /** The settings with their defaults. What is wrong with the value of a key is a problem. */
  settings(): Settings {
    return validated(this.#values);
  }

  #judge(path: Path, leaf: AnyLeaf, value: unknown): void {
    if (leaf.type.accepts(value)) return;
    const hint = leaf.type.hint?.(value);
    this.problems.add(
      path,
      leaf.sensitive ? `[secret] of type ${typeof value}` : described(value),
      `${leaf.type.allowed}${leaf.nullable ? ', or null' : ''}${hint === undefined ? '' : ` (did you mean ${hint}?)`}`,
    );
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

  /** Warns of keys that the other format ignores; `handled` have warnings of their own. */
  ignored(section: object, path: Path, known: readonly string[], handled: readonly string[] = []): void {
    for (const key of Object.keys(section).filter((name) => !known.includes(name) && !handled.includes(name))) {
      const meant = nearestName(key, known);
      const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      this.warn([...path, key], `found an unknown key, which is ignored${guess}; known are ${known.join(', ')}`);
    }
  }

  /** Reads the file's keys; unknown keys and misplaced values are problems. */
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

  /** Reports an unknown key, with the one that was probably meant. */
  unknown(path: Path, allowed: readonly string[], origin?: string): void {
    const name = path.at(-1) ?? '';
    const elsewhere = [...leaves()]
      .map(([key]) => key)
      .filter((key) => key.at(-1) === name)
      .map(dotted);
    // The beginning of a name is no typing error, but easy to guess: timeout, memory, heartbeat.
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

/** Collects everything that is wrong with a configuration, so that one error names all of it. */
class Problems {
  readonly #lines = new Set<string>();
  readonly #sections = new Set<string>();
  readonly #origin: (path: Path) => string;
  readonly #named: (path: Path) => Path;

  /**
   * `origin` says where a value was written: `exp.json:12`, `--set`, the name of an environment variable; `named` how
   * its path reads there.
   */
  constructor(origin: (path: Path) => string, named: (path: Path) => Path = (path) => path) {
    this.#origin = origin;
    this.#named = named;
  }

  add(path: Path, found: string, allowed: string): void {
    this.line(path, `found ${found}; allowed ${allowed}`);
  }

  /** Reports a problem that is not of the form found and allowed. */
  line(path: Path, text: string, origin: string = this.#origin(path)): void {
    this.#sections.add(path[0] ?? '');
    this.#lines.add(`${origin}: ${dotted(this.#named(path))}: ${text}`);
  }

  /** The findings of the domain's own checks, each line of which begins with a key path. */
  adopt(error: unknown, section: string): void {
    if (!(error instanceof ExperimenterError)) throw error;
    this.#sections.add(section);
    for (const line of error.message.split('\n')) {
      const [, path] = /^(.+?): /.exec(line) ?? [];
      const origin = this.#origin(path === undefined ? [section] : path.split(/[.[\]]+/));
      // What the user named stays as the domain wrote it.
      const [, beginning] = /^(\w+\.\w+)/.exec(path ?? '') ?? [];
      const text =
        beginning === undefined ? line : dotted(this.#named(beginning.split('.'))) + line.slice(beginning.length);
      this.#lines.add(`${origin}: ${text}`);
    }
  }

  /** Whether a section has a problem already: then checks of several of its values together are left out. */
  in(section: string): boolean {
    return this.#sections.has(section);
  }

  throwIfAny(): void {
    if (this.#lines.size > 0) throw new ExperimenterError('CONFIG_INVALID', [...this.#lines].map(visible).join('\n'));
  }
}

/** Sections' values are never shown: a connection URL has a password in it. */
const kind = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
};
