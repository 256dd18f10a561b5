import type { HeartbeatReceived, Progressed } from '../../../application/ports/worker-messages.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { NativeDate, stringify } from './intrinsics.ts';

const EVERY_MILLISECONDS = 250;
const MOST_CHARACTERS = 4_096;

/** What an experiment says about itself, without the attempt. */
export type Said = Pick<Progressed, 'type' | 'progress'> | Pick<HeartbeatReceived, 'type' | 'at'>;

/** Passes on at most four messages a second, the newest. In a busy loop the newest one is passed on with the next call. */
export class ProgressThrottle {
  readonly #post: (said: Said) => void;
  #postedAt = Number.NEGATIVE_INFINITY;
  #waiting: Said | undefined;
  #timer: NodeJS.Timeout | undefined;
  #told = false;

  constructor(post: (said: Said) => void) {
    this.#post = post;
  }

  /** Any JSON value. Throws `VALUE_REFUSED` for a large one. */
  progress(value: unknown): void {
    this.#told = true;
    const progress =
      stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? 'null';
    if (progress.length > MOST_CHARACTERS) {
      throw new ExperimenterError(
        'VALUE_REFUSED',
        `progress of ${progress.length} characters: ${MOST_CHARACTERS} are allowed; log larger things`,
      );
    }
    this.#offer({ type: 'progressed', progress });
  }

  /** Passes on a heartbeat with its time if no progress was given yet. */
  heartbeat(): void {
    if (!this.#told) this.#offer({ type: 'heartbeatReceived', at: new NativeDate() });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting = undefined;
  }

  #offer(said: Said): void {
    const wait = this.#postedAt + EVERY_MILLISECONDS - performance.now();
    if (wait <= 0) {
      this.#send(said);
      return;
    }
    this.#waiting = said;
    this.#timer ??= setTimeout(() => this.#flush(), wait).unref();
  }

  #flush(): void {
    if (this.#waiting !== undefined) this.#send(this.#waiting);
  }

  #send(said: Said): void {
    this.stop();
    this.#timer = undefined;
    this.#postedAt = performance.now();
    this.#post(said);
  }
}
