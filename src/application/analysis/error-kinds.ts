import { errorLine } from '../../domain/experiment/error-line.ts';
import { errorKind } from './error-message.ts';

/** Failed experiments whose errors are of one kind. */
export interface ErrorKind {
  /** See `errorKind`. */
  readonly message: string;
  readonly count: number;
  readonly exampleId: number;
  /** The first line of that one's error; of a Python traceback the last. */
  readonly example: string;
}

/** More kinds than this are not told apart. */
const MOST_KINDS = 1_000;

/** Groups failures by the kind of their error. Memory does not grow with the failures. */
export class ErrorKinds {
  readonly #kinds = new Map<string, ErrorKind>();
  #failed = 0;
  #ungrouped = 0;

  /** `count` failures with this error, the first of which has this id. */
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

  /** Failures of still more kinds. */
  get ungrouped(): number {
    return this.#ungrouped;
  }

  /** Most frequent first. */
  sorted(): readonly ErrorKind[] {
    return [...this.#kinds.values()].sort((one, other) => other.count - one.count || one.exampleId - other.exampleId);
  }
}
