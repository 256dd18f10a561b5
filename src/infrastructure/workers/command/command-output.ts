import type { ExperimentContext } from '../../../domain/experiment/experiment-function.ts';
import { preview } from '../execution/error-data.ts';
import { actOnLine, Lines } from './command-message.ts';

/** Characters of other output that an error quotes. */
const TAIL = 8_192;

/** What a program prints: messages, which are acted on, and other text, which goes to standard error. */
export class CommandOutput {
  readonly #context: ExperimentContext;
  readonly #warn: (text: string) => void;
  readonly #output = new Lines((line, whole) => this.#read(line, whole));
  readonly #errors = new Lines((line) => this.#tell(line));
  #tail = '';
  #paused = false;
  #characters = 0;
  #warned = false;

  constructor(context: ExperimentContext, warn: (text: string) => void) {
    this.#context = context;
    this.#warn = warn;
  }

  /** Whether the program has reported that it is paused. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How much it has printed so far. */
  get characters(): number {
    return this.#characters;
  }

  /** The end of its other output, for an error. */
  get lastOutput(): string {
    return this.#tail === '' ? 'it printed nothing' : `the last it printed:\n${this.#tail.slice(-TAIL)}`;
  }

  /** Of its standard output. Throws what a refused message throws. */
  print(text: string): void {
    this.#characters += text.length;
    this.#output.write(text);
  }

  printError(text: string): void {
    this.#characters += text.length;
    this.#errors.write(text);
  }

  /** The output has ended: a last line without its line end counts. Throws as `print`. */
  end(): void {
    this.#errors.end();
    this.#output.end();
  }

  /** On a terminal the part after a carriage return overwrites the part before it. Each part may be a message. */
  #read(line: string, whole: boolean): void {
    const shown: string[] = [];
    for (const part of line.includes('\r') ? line.split('\r') : [line]) {
      const { kind, text } = actOnLine(part, whole, this.#context);
      if (kind === 'paused') this.#paused = true;
      if (kind === 'like') this.#warnOnce(text);
      if (text !== '' || line === '') shown.push(text);
    }
    const last = shown.at(-1);
    if (last !== undefined) this.#tell(last);
  }

  #tell(line: string): void {
    process.stderr.write(`[experiment ${this.#context.experimentId}] ${line}\n`);
    this.#tail += `${line}\n`;
    if (this.#tail.length > 4 * TAIL) this.#tail = this.#tail.slice(-TAIL);
  }

  #warnOnce(line: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#warn(
      `a line looks like a message and is none, so nothing was recorded of it (the first such line; later ones are not told): ` +
        `${preview(line.slice(0, 500))}. A message is one line of JSON, like {"type":"result","values":{…}}, with type result, log, progress or paused`,
    );
  }
}
