import { withoutEscapes } from '../../../domain/values/escape-sequences.ts';
import { displayWidth } from '../../text/terminal-text.ts';

/** So many lines wait for a terminal that takes nothing. */
const MOST_KEPT = 1_000;

/** What is written to: a terminal or a file. */
export interface ProgressStream {
  readonly columns?: number;
  readonly rows?: number;
  /** So much of what was written waits for the terminal. */
  readonly writableLength?: number;
  write(text: string): unknown;
}

/**
 * Some lines at the bottom of a terminal that are replaced in place: each is overwritten before the rest of it is
 * cleared, in one write, so that nothing flickers. Lines must fit the terminal's width. As long as the terminal takes
 * nothing it is left as it is: no frame is queued behind another.
 */
export class LiveRegion {
  readonly #stream: ProgressStream;
  #shown: readonly string[] = [];
  /** Lines that are to stand above the next frame. */
  #above: string[] = [];
  #dropped = 0;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  get columns(): number {
    return this.#stream.columns || 80;
  }

  get rows(): number {
    return this.#stream.rows || 24;
  }

  /** Shows these lines instead; `above` is left standing over them. Nothing is written if nothing has changed. */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    this.#keep(above);
    if ((this.#stream.writableLength ?? 0) > 0) return;
    if (this.#above.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const all = [...this.#kept(), ...(lines.length > 0 ? lines : [''])];
    this.#stream.write(`${this.#top()}${all.join('\x1b[K\n')}\x1b[J`);
    this.#shown = lines;
  }

  /** Nothing of it is left but what was to stand above. */
  erase(): void {
    const above = this.#kept().map((line) => `${line}\n`);
    if (this.#shown.length === 0 && above.length === 0) return;
    this.#stream.write(`${this.#top()}\x1b[J${above.join('')}`);
    this.#shown = [];
  }

  #keep(above: readonly string[]): void {
    for (const line of above) {
      if (this.#above.length < MOST_KEPT) this.#above.push(line);
      else this.#dropped += 1;
    }
  }

  #kept(): readonly string[] {
    const dropped = this.#dropped > 0 ? [`… ${this.#dropped} more lines are not shown: the terminal took none`] : [];
    const kept = [...this.#above, ...dropped];
    this.#above = [];
    this.#dropped = 0;
    return kept;
  }

  /** To its first line; a terminal that has become narrower has wrapped what was shown. */
  #top(): string {
    if (this.#shown.length === 0) return '';
    const height = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(withoutEscapes(line)) / this.columns)),
      0,
    );
    return `\r${height > 1 ? `\x1b[${height - 1}A` : ''}`;
  }
}
