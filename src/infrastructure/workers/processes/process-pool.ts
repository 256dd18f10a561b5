import type { WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { WorkerPool } from '../../../application/ports/ports.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { FailedStarts } from '../execution/worker-run.ts';
import { ProcessRun } from './process-run.ts';
import { ProcessSlot, type SlotOptions } from './process-slot.ts';

export interface ProcessPoolOptions extends SlotOptions {
  readonly size: number;
}

/**
 * A child process for each slot, replaced when it dies. A blocking native call, a crash in native code
 * and a kill of its own process end with the SIGKILL of the process group, and affect no other experiment. The processes
 * die with their runner, also after `kill -9`.
 */
export class ProcessPool implements WorkerPool {
  readonly size: number;
  readonly #options: SlotOptions;
  readonly #free: ProcessSlot[] = [];
  readonly #slots = new Set<ProcessSlot>();
  readonly #killAll = () => this.#slots.forEach((slot) => slot.killNow());
  readonly #failedStarts = new FailedStarts();
  #paused = false;
  #refused = false;
  #closing = false;

  constructor({ size, ...options }: ProcessPoolOptions) {
    this.size = size;
    this.#options = options;
    process.on('exit', this.#killAll);
    for (let count = 0; count < size; count += 1) this.#free.push(this.#spawn());
  }

  run(chunk: readonly Claimed[], onMessage: (message: WorkerMessage) => void): ProcessRun {
    if (this.#closing) throw new Error('the pool is closed, and executes nothing more');
    let slot = this.#free.pop();
    while (slot && !slot.alive) slot = this.#free.pop();
    const run = new ProcessRun(slot ?? this.#spawn(), chunk, onMessage);
    void run.workerFreed.then((cause) => {
      if (cause === null) this.#free.push(run.slot);
      else if (run.slot.started && !this.#closing) this.#free.unshift(this.#spawn()); // ready before it is needed
      const refused = cause?.programEnd === 'notStarted'; // the machine's limit, not an error of the experiment
      if (refused) this.#refuse(cause.message);
      else this.#failedStarts.freed(run, cause);
    });
    return run;
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    for (const slot of this.#slots) slot.setPaused(paused);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const slots = [...this.#slots];
    for (const slot of slots) slot.kill();
    await Promise.all(slots.map((slot) => slot.gone));
    process.off('exit', this.#killAll);
  }

  #refuse(reason: string): void {
    if (!this.#refused) this.#options.log?.warn(`a worker waits: ${reason}; it is tried again`);
    this.#refused = true;
  }

  #spawn(): ProcessSlot {
    const slot = new ProcessSlot(this.#options);
    this.#slots.add(slot);
    slot.setPaused(this.#paused);
    void slot.gone.then(() => this.#slots.delete(slot));
    return slot;
  }
}
