import { type StopSignal, stopSignals } from '../../../domain/stop-signals.ts';
import { hangupIgnored } from './hangup.ts';

/** npm delivers a key press a second time: the terminal has already signalled the process group. */
const DUPLICATE_MILLISECONDS = 500;

/** What the first, the second and the third signal do. */
export type StopStep = 'drain' | 'abort' | 'exit';
const steps: readonly StopStep[] = ['drain', 'abort', 'exit'];

export interface StopDependencies {
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
  readonly onStep: (step: StopStep, signal: StopSignal) => void;
}

/**
 * Counts stop signals. The first drains: nothing more is claimed, running experiments may finish. The second aborts:
 * running experiments are stopped and released. The third exits at once. A signal within half a second after another is
 * a duplicate.
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

  /** Aborted by the second signal. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** The last signal, without duplicates. */
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

  /** Listens to this process's signals. Returns a function that stops listening. */
  listen(): () => void {
    const receive = (signal: StopSignal): void => this.receive(signal);
    const heard = heardSignals();
    for (const signal of heard) process.on(signal, receive);
    return () => {
      for (const signal of heard) process.off(signal, receive);
    };
  }
}

/** The stop signals that this process handles. Windows has no SIGUSR2, and `nohup` ignores SIGHUP. */
export const heardSignals = (): readonly StopSignal[] =>
  stopSignals.filter(
    (signal) => !(signal === 'SIGUSR2' && process.platform === 'win32') && !(signal === 'SIGHUP' && hangupIgnored()),
  );
