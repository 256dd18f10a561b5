import { ExperimenterError } from '../../domain/errors.ts';
import { dotted, quoted, type Path } from './safe-text.ts';

/** What a configuration, a credentials file or a `--set` value may be at most. */
export const limits = { bytes: 1_000_000, depth: 64, nodes: 200_000, aliases: 100 } as const;

const forbidden = ['__proto__', 'constructor', 'prototype'];

/** Why a key is refused wherever it stands, or undefined. */
export const refusedKey = (key: string): string | undefined => {
  if (forbidden.includes(key)) return `the key ${quoted(key)} is refused: it means something to JavaScript itself`;
  return /\p{Cc}/u.test(key) ? `the key ${quoted(key)} is refused: it contains a control character` : undefined;
};

const lineStarts = (text: string): readonly number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

/**
 * One text being read, by whichever parser: counts what it grows to, refuses keys, and remembers which line each
 * value stands on. Its errors name file, line and column, and never quote the text: a secret may stand there.
 */
export class SourceText {
  readonly label: string;
  readonly text: string;
  readonly #lines = new Map<string, number>();
  readonly #floats = new Set<string>();
  #nodes = 0;
  #starts: readonly number[] | undefined;

  constructor(label: string, text: string) {
    this.label = label;
    this.text = text;
  }

  fail(offset: number, message: string): never {
    const { line, column } = this.position(offset);
    throw new ExperimenterError('CONFIG_INVALID', `${this.label}:${line}:${column}: ${message}`);
  }

  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = (this.#starts ??= lineStarts(this.text));
    let [line, beyond] = [0, starts.length];
    while (beyond - line > 1) {
      const middle = (line + beyond) >> 1;
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else beyond = middle;
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  }

  /** Call for every value, with its path and where it stands. */
  value(path: Path, offset: number): void {
    this.#nodes += 1;
    if (this.#nodes > limits.nodes) this.fail(offset, `more than ${limits.nodes} values`);
    if (path.length > limits.depth) this.fail(offset, `nested deeper than ${limits.depth} levels`);
  }

  /** Call for every key of an object; `object` has the keys before it. */
  key(path: Path, key: string, object: object, offset: number): void {
    const refused = refusedKey(key);
    if (refused !== undefined) this.fail(offset, refused);
    if (Object.hasOwn(object, key)) this.fail(offset, `the key ${quoted(key)} stands here twice in ${dotted(path)}`);
    this.#lines.set([...path, key].join('\0'), offset);
  }

  /** Call for every number that is a float to Python. */
  float(path: Path): void {
    this.#floats.add(path.join('\0'));
  }

  isFloat(path: Path): boolean {
    return this.#floats.has(path.join('\0'));
  }

  /** The line of a value, or of what surrounds it. */
  line(path: Path): number | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#lines.get(path.slice(0, length).join('\0'));
      if (offset !== undefined) return this.position(offset).line;
    }
    return undefined;
  }
}
