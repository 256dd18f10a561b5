import { ExperimenterError } from '../../../domain/errors.ts';
import { stringify } from './intrinsics.ts';

const EVERY_MILLISECONDS = 250;
const MOST_CHARACTERS = 4_096;

/** Passes on at most four texts a second, the newest. In a busy loop the newest one is passed on with the next call. */
export class ProgressThrottle {
  readonly #post: (progress: string) => void;
  #postedAt = Number.NEGATIVE_INFINITY;
  #waiting: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #told = false;

  constructor(post: (progress: string) => void) {
    this.#post = post;
  }

  /** Any JSON value. Throws `VALUE_REFUSED` for a large one. */
  progress(progress: unknown): void {
    this.#told = true;
    this.#offer(progress);
  }

  /** Passes on the time of a heartbeat if no progress was given yet. */
  heartbeat(): void {
    if (!this.#told) this.#offer({ heartbeat: new Date().toISOString() });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
  }

  #offer(value: unknown): void {
    const text = stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? 'null';
    if (text.length > MOST_CHARACTERS) {
      throw new ExperimenterError(
        'VALUE_REFUSED',
        `progress of ${text.length} characters: ${MOST_CHARACTERS} are allowed; log larger things`,
      );
    }
    const wait = this.#postedAt + EVERY_MILLISECONDS - performance.now();
    if (wait <= 0) {
      this.#send(text);
      return;
    }
    this.#waiting = text;
    this.#timer ??= setTimeout(() => this.#flush(), wait).unref();
  }

  #flush(): void {
    if (this.#waiting !== undefined) this.#send(this.#waiting);
  }

  #send(text: string): void {
    this.stop();
    this.#timer = undefined;
    this.#postedAt = performance.now();
    this.#post(text);
  }
}
