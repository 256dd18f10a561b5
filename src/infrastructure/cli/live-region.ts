import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from './text.ts';

/** What is written to: a terminal or a file. */
export interface ProgressStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * Some lines at the bottom of a terminal that are replaced in place: each is overwritten before the rest of it is
 * cleared, in one write, so that nothing flickers. Lines must fit the terminal's width.
 */
export class LiveRegion {
  readonly #stream: ProgressStream;
  #shown: readonly string[] = [];

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
    if (above.length === 0 && lines.join('\n') === this.#shown.join('\n')) return;
    const all = [...above, ...(lines.length > 0 ? lines : [''])];
    this.#stream.write(`${this.#top()}${all.join('\x1b[K\n')}\x1b[J`);
    this.#shown = lines;
  }

  /** Nothing of it is left. */
  erase(): void {
    if (this.#shown.length === 0) return;
    this.#stream.write(`${this.#top()}\x1b[J`);
    this.#shown = [];
  }

  /** To its first line; a terminal that has become narrower has wrapped what was shown. */
  #top(): string {
    if (this.#shown.length === 0) return '';
    const height = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(stripVTControlCharacters(line)) / this.columns)),
      0,
    );
    return `\r${height > 1 ? `\x1b[${height - 1}A` : ''}`;
  }
}
