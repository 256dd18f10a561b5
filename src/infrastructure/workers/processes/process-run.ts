import type { ErrorData, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { WorkerRun } from '../execution/worker-run.ts';
import type { ProcessMessage } from './process-messages.ts';
import type { ProcessSlot } from './process-slot.ts';

/**
 * One chunk in the process of one slot. No memory is shared: the process is sent one experiment at a time, the next one
 * after the last has finished. What was sent counts as started, everything else can be taken back.
 */
export class ProcessRun extends WorkerRun {
  readonly workerFreed: Promise<ErrorData | null>;
  readonly slot: ProcessSlot;
  readonly #chunk: readonly Claimed[];
  readonly #onMessage: (message: WorkerMessage) => void;
  readonly #freed = Promise.withResolvers<ErrorData | null>();
  /** `loaded`: a function was called in this run. `called`: the function of the current experiment was. */
  #loaded = false;
  #called = false;

  constructor(slot: ProcessSlot, chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void) {
    super();
    this.workerFreed = this.#freed.promise;
    this.slot = slot;
    this.#chunk = chunk;
    this.#onMessage = onMessage;
    slot.onMessage = (message) => this.#receive(message);
    void slot.up.then(() => this.#next());
    void slot.gone.then((cause) => this.#free(cause));
  }

  protected requestStop(graceMilliseconds: number): void {
    this.slot.send({ type: 'abort', graceMilliseconds });
  }

  protected kill(): void {
    this.slot.kill();
  }

  #next(): void {
    if (this.ended) return;
    const index = this.state.started;
    const claimed = this.#chunk[index];
    if (claimed === undefined || !this.state.start(index)) this.#free(null);
    else this.slot.send({ type: 'execute', claimed });
  }

  #receive(message: ProcessMessage): void {
    switch (message.type) {
      case 'begun':
        this.state.begin(this.state.started - 1); // the time of loading the module counts for no experiment
        this.#called = this.#loaded = true;
        break;
      case 'finished':
        this.state.idle();
        this.#called = false;
        this.#onMessage(message);
        this.#next();
        break;
      case 'reported':
      case 'logged':
      case 'progressed':
      case 'heartbeatReceived':
        this.#onMessage(message);
        break;
      default: // the slot's own affairs
    }
  }

  #free(cause: ErrorData | null): void {
    if (this.ended) return;
    this.end();
    // an earlier experiment caused the death: the function of the current one was never called
    if (cause !== null && this.#loaded && !this.#called && this.current() !== undefined) this.state.undoStart();
    this.slot.onMessage = () => {};
    this.#freed.resolve(cause);
  }
}
