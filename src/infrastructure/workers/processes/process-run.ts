import type { ErrorData, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { ChunkRun } from '../../../application/ports/ports.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import type { ProcessMessage } from './process-messages.ts';
import type { ProcessSlot } from './process-slot.ts';

/**
 * One chunk in the process of one slot. No memory is shared, and none is needed: the process is handed one experiment at
 * a time, the next one once the last has finished. What was handed over is started, everything else can be taken back.
 */
export class ProcessRun implements ChunkRun {
  readonly workerFreed: Promise<ErrorData | null>;
  readonly slot: ProcessSlot;
  readonly #chunk: readonly Claimed[];
  readonly #onMessage: (message: WorkerMessage) => void;
  readonly #settle: (cause: ErrorData | null) => void;
  #started = 0;
  #limit: number;
  #begun: number | undefined;
  /** A function was called in this run; that of the last experiment was. */
  #loaded = false;
  #called = false;
  #grace: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(slot: ProcessSlot, chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void) {
    const { promise, resolve } = Promise.withResolvers<ErrorData | null>();
    this.workerFreed = promise;
    this.#settle = resolve;
    this.slot = slot;
    this.#chunk = chunk;
    this.#limit = chunk.length;
    this.#onMessage = onMessage;
    slot.hear = (message) => this.#hear(message);
    void slot.up.then(() => this.#next());
    void slot.gone.then((cause) => this.#end(cause));
  }

  current(): { readonly index: number; readonly milliseconds: number } | undefined {
    if (this.#begun === undefined) return undefined;
    return { index: this.#started - 1, milliseconds: performance.now() - this.#begun };
  }

  takeBackUnstarted(): number {
    this.#limit = this.#started;
    return this.#started;
  }

  get started(): number {
    return this.#started;
  }

  /** The next one pays for processes that die before they execute anything. */
  blame(): void {
    if (this.#started === 0 && this.#limit > 0) this.#started = 1;
  }

  abort(graceMilliseconds: number): void {
    this.takeBackUnstarted();
    if (this.#ended) return;
    this.slot.send({ type: 'abort', graceMilliseconds });
    this.#grace ??= setTimeout(() => this.slot.kill(), graceMilliseconds);
  }

  #next(): void {
    const claimed = this.#chunk[this.#started];
    if (this.#ended) return;
    if (claimed === undefined || this.#started >= this.#limit) {
      this.#end(null);
      return;
    }
    this.#started += 1;
    this.#begun = performance.now();
    this.slot.send({ type: 'execute', claimed });
  }

  #hear(message: ProcessMessage): void {
    switch (message.type) {
      case 'begun':
        this.#begun = performance.now(); // the time of loading the module is nobody's
        this.#called = this.#loaded = true;
        break;
      case 'finished':
        this.#begun = undefined;
        this.#called = false;
        this.#onMessage(message);
        this.#next();
        break;
      case 'reported':
      case 'logged':
      case 'progressed':
        this.#onMessage(message);
        break;
      default: // the slot's own affairs
    }
  }

  #end(cause: ErrorData | null): void {
    if (this.#ended) return;
    this.#ended = true;
    // it died of what an earlier one had left behind: this one's function was never called
    if (cause !== null && this.#loaded && !this.#called && this.#begun !== undefined) {
      this.#begun = undefined;
      this.#started -= 1;
    }
    clearTimeout(this.#grace);
    this.slot.hear = () => {};
    this.#settle(cause);
  }
}
