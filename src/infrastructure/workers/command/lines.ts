/** Longest line that is kept whole. */
export const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Cuts text that arrives in pieces into lines; a line that is too long is passed on in several. */
export class Lines {
  readonly #onLine: (line: string, whole: boolean) => void;
  #pieces: string[] = [];
  #length = 0;

  constructor(onLine: (line: string, whole: boolean) => void) {
    this.#onLine = onLine;
  }

  write(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#keep(text.slice(from, end));
      this.#pass(true);
      from = end + 1;
    }
    if (from < text.length) this.#keep(text.slice(from));
  }

  /** The last line may lack its line end. */
  end(): void {
    if (this.#length > 0) this.#pass(true);
  }

  #keep(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length > MOST_CHARACTERS) this.#pass(false);
  }

  #pass(whole: boolean): void {
    const line = this.#pieces.join('').replace(/\r$/, '');
    this.#pieces = [];
    this.#length = 0;
    this.#onLine(line, whole);
  }
}
