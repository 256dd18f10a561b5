import { errorLine } from '../../domain/experiment/error-line.ts';
import { withoutEscapes } from '../../domain/values/escape-sequences.ts';

/** Failed experiments whose errors are of one kind. */
export interface ErrorKind {
  /** See `errorKind`. */
  readonly message: string;
  readonly count: number;
  readonly exampleId: number;
  /** The first line of the example's error; of a Python traceback the last line. */
  readonly example: string;
}

/** More kinds than this are counted as ungrouped. */
const MOST_KINDS = 1_000;

/** Groups failures by the kind of their error. Memory does not grow with the number of failures. */
export class ErrorKinds {
  readonly #kinds = new Map<string, ErrorKind>();
  #failed = 0;
  #ungrouped = 0;

  /** Adds `count` failures with this error; the first of them has this id. */
  add(error: string, exampleId: number, count = 1): void {
    this.#failed += count;
    const message = errorKind(error);
    const kind = this.#kinds.get(message);
    if (kind) {
      const first = exampleId < kind.exampleId ? { exampleId, example: errorLine(error) } : {};
      this.#kinds.set(message, { ...kind, ...first, count: kind.count + count });
    } else if (this.#kinds.size >= MOST_KINDS) this.#ungrouped += count;
    else this.#kinds.set(message, { message, exampleId, example: errorLine(error), count });
  }

  get failed(): number {
    return this.#failed;
  }

  /** Failures that were not grouped because there are too many kinds. */
  get ungrouped(): number {
    return this.#ungrouped;
  }

  /** Most frequent first. */
  sorted(): readonly ErrorKind[] {
    return [...this.#kinds.values()].sort((one, other) => other.count - one.count || one.exampleId - other.exampleId);
  }
}

/** What differs between two occurrences of the same error. The order matters: a replaced text is not searched again. */
const particulars: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>()]+/gi, '<url>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '<address>'],
  [/(?<![\w<])[a-z]:\\[^\s'"<>|()]+/gi, '<path>'],
  [/(?<![\w<.~/])(?:~|\.{1,2})?(?:\/[\w@%+=.,~-]+){2,}\/?(?::\d+)*/g, '<path>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '<id>'],
  [/(?<![\p{L}_<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/giu, '<n>'],
];

/**
 * The kind of an error: its first line (of a Python traceback the last), without colours, with numbers, paths, ids and
 * addresses replaced, so that `tried to allocate 64 MiB at 0x7f01` and `… 96 MiB at 0x7f2c` are the same.
 */
export const errorKind = (error: string): string => {
  const telling = errorLine(withoutEscapes(error)).trim().slice(0, 1_000);
  return particulars.reduce((text, [pattern, word]) => text.replace(pattern, word), telling);
};
