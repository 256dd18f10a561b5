import { withoutEscapes } from '../../../domain/values/escape-sequences.ts';
import { displayWidth } from '../../text/terminal-text.ts';

/** The most lines that wait for a terminal that takes no output. */
const MOST_KEPT = 1_000;

/** The output of progress: a terminal or a file. */
export interface ProgressStream {
  readonly columns?: number;
  readonly rows?: number;
  /** How much of the written text still waits for the terminal. */
  readonly writableLength?: number;
  write(text: string): unknown;
}

/**
 * Some lines at the bottom of a terminal that are replaced in place. One write overwrites each line before it clears
 * the rest, so that nothing flickers. Lines must fit the terminal's width. While the terminal takes no output, nothing
 * is written, so that frames do not queue.
 */
export class LiveRegion {
  readonly #stream: ProgressStream;
  #shown: readonly string[] = [];
  /** Lines to be written above the next frame. */
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

  /**
   * Shows these lines instead of the last ones, and `above` permanently over them. Writes nothing if nothing changed.
   */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    this.#keep(above);
    if ((this.#stream.writableLength ?? 0) > 0) return;
    if (this.#above.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const all = [...this.#kept(), ...(lines.length > 0 ? lines : [''])];
    this.#stream.write(`${this.#top()}${all.join('\x1b[K\n')}\x1b[J`);
    this.#shown = lines;
  }

  /** Removes the region. Lines that wait to be above it are written. */
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

  /** Moves the cursor to the first line. A terminal that became narrower has wrapped the lines. */
  #top(): string {
    if (this.#shown.length === 0) return '';
    const height = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(withoutEscapes(line)) / this.columns)),
      0,
    );
    return `\r${height > 1 ? `\x1b[${height - 1}A` : ''}`;
  }
}
