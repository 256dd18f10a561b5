import type { Clock, Log } from '../../application/ports/ports.ts';
import { loadedWatts, memoryWatts, type Span } from './attribution.ts';
import { readGpus } from './gpus.ts';
import type { Machine, FullPower } from './machine.ts';
import type { RaplCounters } from './rapl.ts';

/** Oldest figures of the processors that are used for an attempt that has just ended. */
const FRESH_MILLISECONDS = 100;
/** The memory of a tree of processes is read more rarely: it costs more and changes less. */
const MEMORY_MILLISECONDS = 1_000;

/** How the power of the processors is known. */
export type ProcessorPower =
  | { readonly kind: 'rapl'; readonly counters: RaplCounters }
  | { readonly kind: 'model'; readonly full: FullPower };

export interface PowerOptions {
  readonly machine: Machine;
  readonly processorPower: ProcessorPower;
  /** Undefined: there are no graphics processors, or they do not measure. */
  readonly gpuWatts: number | undefined;
  readonly trackingMode: 'process' | 'machine';
  readonly measurePowerSeconds: number;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/** The processors of the machine up to an instant: joules and busy seconds since measuring began. */
interface Sample {
  readonly at: number;
  readonly joules: number;
  readonly busySeconds: number;
}

/** Where the counters stood: what was used since is the difference to now. */
export interface Mark {
  readonly sample: Sample;
  readonly gpu: number;
  readonly ram: number;
  readonly at: number;
}

/**
 * The machine's power over time. The processors' counters are read on demand when the last reading is older than a tenth of
 * a second, and by a timer, so that no overflow of a counter is missed. The power of graphics processors and memory counts
 * as constant between two readings. In tracking mode `process` these two are divided equally among the busy workers.
 */
export class Power {
  readonly #options: PowerOptions;
  #latest: Sample;
  #previous: Sample;
  #gpuWatts: number;
  #ramWatts = 0;
  #ramAt = Number.NEGATIVE_INFINITY;
  #gpu = 0;
  #ram = 0;
  #accumulatedAt: number;
  #busyWorkers = 0;
  #asking: Promise<void> | undefined;
  #callOff: () => void = () => {};
  #failed = false;

  constructor(options: PowerOptions) {
    this.#options = options;
    this.#gpuWatts = options.gpuWatts ?? 0;
    this.#accumulatedAt = options.clock.monotonic();
    const busySeconds = options.machine.busySeconds();
    this.#latest = this.#previous = { at: this.#accumulatedAt, joules: 0, busySeconds };
    this.#lookAtMemory(this.#accumulatedAt);
    this.#wait();
  }

  /** Reads the counters now, however old the last reading is. */
  read(): void {
    const { machine, processorPower, clock } = this.#options;
    const at = clock.monotonic();
    const before = this.#latest;
    if (at <= before.at) return;
    try {
      const busySeconds = machine.busySeconds();
      const load = (busySeconds - before.busySeconds) / machine.processors.count / ((at - before.at) / 1000);
      const joules =
        processorPower.kind === 'rapl'
          ? processorPower.counters.read()
          : before.joules + loadedWatts(processorPower.full.watts, load) * ((at - before.at) / 1000);
      this.#previous = before;
      this.#latest = { at, joules, busySeconds };
    } catch (error) {
      this.#warn(`the energy counters cannot be read any more: ${(error as Error).message}`);
    }
    this.#lookAtMemory(at);
  }

  mark(): Mark {
    this.#freshen();
    this.#accumulate();
    return { sample: this.#latest, gpu: this.#gpu, ram: this.#ram, at: this.#accumulatedAt };
  }

  /** A worker has begun (1) or ended (-1). */
  changeBusy(by: 1 | -1): void {
    this.#accumulate();
    this.#busyWorkers += by;
  }

  /** What graphics processors and memory have used since the mark, and in which time. */
  since(mark: Mark): { readonly seconds: number; readonly gpu: number; readonly ram: number } {
    this.#accumulate();
    const seconds = (this.#accumulatedAt - mark.at) / 1000;
    return { seconds, gpu: this.#gpu - mark.gpu, ram: this.#ram - mark.ram };
  }

  /** The processors since the mark; for too short a time, since the reading before. */
  processorsSince({ sample }: Mark): Span {
    this.#freshen();
    const from = sample === this.#latest ? this.#previous : sample;
    const { at, joules, busySeconds } = this.#latest;
    return {
      seconds: (at - from.at) / 1000,
      joules: joules - from.joules,
      busySeconds: busySeconds - from.busySeconds,
    };
  }

  #freshen(): void {
    if (this.#options.clock.monotonic() - this.#latest.at >= FRESH_MILLISECONDS) this.read();
  }

  async close(): Promise<void> {
    this.#callOff();
    this.#callOff = () => {};
    await this.#asking;
  }

  #accumulate(): void {
    const now = this.#options.clock.monotonic();
    const seconds = (now - this.#accumulatedAt) / 1000;
    const shares = this.#options.trackingMode === 'machine' ? 1 : this.#busyWorkers;
    this.#accumulatedAt = now;
    if (shares === 0) return; // no worker is busy
    this.#gpu += (this.#gpuWatts * seconds) / shares;
    this.#ram += (this.#ramWatts * seconds) / shares;
  }

  #lookAtMemory(at: number): void {
    const { machine, trackingMode } = this.#options;
    if (at - this.#ramAt < MEMORY_MILLISECONDS) return;
    this.#ramAt = at;
    this.#accumulate();
    this.#ramWatts = memoryWatts(trackingMode === 'machine' ? machine.memoryBytes : machine.ownMemoryBytes());
  }

  #wait(): void {
    const { clock, measurePowerSeconds } = this.#options;
    this.#callOff = clock.after(measurePowerSeconds * 1000, () => {
      this.read();
      if (this.#options.gpuWatts !== undefined) this.#asking ??= this.#askGpus();
      this.#wait();
    });
  }

  async #askGpus(): Promise<void> {
    const gpus = await readGpus(this.#options.machine.nvidiaSmi);
    this.#accumulate();
    if (gpus === 'hangs' || gpus?.watts === undefined)
      this.#warn('nvidia-smi does not answer any more: the last power it told is assumed');
    else this.#gpuWatts = gpus.watts;
    // a program that hangs may hang forever, and so would the next ones: no more are started
    if (gpus !== 'hangs') this.#asking = undefined;
  }

  #warn(message: string): void {
    if (!this.#failed) this.#options.log.warn(`emissions: ${message}`);
    this.#failed = true;
  }
}
