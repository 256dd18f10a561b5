import { type StopSignal, stopSignals } from '../../../domain/stop-signals.ts';
import { hangupIgnored } from './hangup.ts';

/** npm and terminals deliver the same key press twice, through the process group and by hand. */
const DUPLICATE_MILLISECONDS = 500;

/** What a signal does, in this order; exit is for whoever has lost patience. */
export type StopStep = 'drain' | 'abort' | 'exit';
const steps: readonly StopStep[] = ['drain', 'abort', 'exit'];

export interface StopDependencies {
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
  readonly onStep: (step: StopStep, signal: StopSignal) => void;
}

/**
 * The first signal drains (nothing more is claimed, what runs may finish), the second aborts (what runs is stopped and
 * released), the third exits at once. A signal within half a second of the one before is its duplicate.
 */
export class StopRequest {
  readonly #deps: StopDependencies;
  readonly #drain = new AbortController();
  readonly #abort = new AbortController();
  #heard = 0;
  #last = Number.NEGATIVE_INFINITY;
  #signal: StopSignal | undefined;

  constructor(deps: StopDependencies) {
    this.#deps = deps;
  }

  /** Aborted by the first signal. */
  get drain(): AbortSignal {
    return this.#drain.signal;
  }

  /** Aborted by the second. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** The signal that was heard last, duplicates not counted. */
  get signal(): StopSignal | undefined {
    return this.#signal;
  }

  receive(signal: StopSignal): void {
    const now = this.#deps.now();
    const step = steps[this.#heard];
    if (now - this.#last < DUPLICATE_MILLISECONDS || step === undefined) return;
    this.#last = now;
    this.#heard += 1;
    this.#signal = signal;
    this.#deps.onStep(step, signal);
    if (step === 'drain') this.#drain.abort();
    if (step === 'abort') this.#abort.abort();
  }

  /** Listens to this process's signals; returns how to stop listening. */
  listen(): () => void {
    const receive = (signal: StopSignal): void => this.receive(signal);
    const heard = heardSignals();
    for (const signal of heard) process.on(signal, receive);
    return () => {
      for (const signal of heard) process.off(signal, receive);
    };
  }
}

/** The stop signals that mean something here: Windows has no SIGUSR2, and `nohup` asks not to hear SIGHUP. */
export const heardSignals = (): readonly StopSignal[] =>
  stopSignals.filter(
    (signal) => !(signal === 'SIGUSR2' && process.platform === 'win32') && !(signal === 'SIGHUP' && hangupIgnored()),
  );
