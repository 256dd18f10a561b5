import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ClaimAnswered, OrchestratorMessage } from './messages.ts';
import type { Clock } from '../ports/ports.ts';

/** Claims up to `count` experiments. `solo`: one, a suspect or not, that runs with nothing beside it. */
export type ClaimCall = (count: number, solo: boolean) => Promise<readonly Claimed[] | undefined>;

/**
 * Time between two claims when the last one found too few experiments. Each claim that finds none doubles it, up to one
 * second: short at first for runners that start or end together, long for a runner that waits for a long experiment.
 */
const FIRST_POLL_MILLISECONDS = 50;
const LAST_POLL_MILLISECONDS = 1_000;
const LARGEST_CLAIM = 4_096;

/**
 * When to claim: one claim at a time, and after one that found too few only when nothing else is in flight, or after a
 * while. Suspects (experiments whose next lost attempt would be their last) are claimed last, one at a time, with nothing
 * else in flight: if the runner dies then, only the suspect can be the cause.
 */
export class Claimer {
  readonly #source: ClaimCall;
  readonly #clock: Clock;
  readonly #tell: (message: OrchestratorMessage) => void;
  /** How many experiments this run may still claim. */
  #remaining: number;
  #claiming = false;
  /** When to claim again: at once, only with nothing else in flight (the last claim found too few), or after a while. */
  #nextClaim: 'now' | 'when idle' | 'later' = 'now';
  /** The last claim was made with nothing in flight, and found nothing. */
  #nothingOpen = false;
  /** `next`: only suspects may still be open. `runs`: one suspect is in flight. */
  #suspects: 'no' | 'next' | 'runs' = 'no';
  #poll = FIRST_POLL_MILLISECONDS;
  #callOff: () => void = () => {};

  constructor(
    source: ClaimCall,
    clock: Clock,
    tell: (message: OrchestratorMessage) => void,
    maxExperiments: number | null,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#tell = tell;
    this.#remaining = maxExperiments ?? Number.POSITIVE_INFINITY;
  }

  get claiming(): boolean {
    return this.#claiming;
  }

  /** Nothing more may be claimed in this run. */
  get exhausted(): boolean {
    return this.#remaining === 0;
  }

  /** The last claim, with nothing in flight, found nothing open. */
  get nothingOpen(): boolean {
    return this.#nothingOpen;
  }

  /** Claims up to `count` experiments, if a claim is due. `idle`: nothing else is in flight. */
  claimIfDue(count: number, idle: boolean): void {
    if (this.#suspects === 'runs') {
      if (!idle) return;
      this.#suspects = 'no';
      this.wake();
    }
    const solo = this.#suspects === 'next' && idle;
    const asked = Math.min(solo ? 1 : count, this.#remaining, LARGEST_CLAIM);
    if (asked < 1 || this.#claiming || this.#nextClaim === 'later' || (this.#nextClaim === 'when idle' && !idle))
      return;
    this.#claiming = true;
    this.#source(asked, solo).then(
      (claimed) => this.#tell({ type: 'claimAnswered', claimed, asked, idle, solo }),
      (error: unknown) => this.#tell({ type: 'claimFailed', error }),
    );
  }

  answered({ claimed, asked, idle, solo }: ClaimAnswered): void {
    this.#claiming = false;
    const found = claimed?.length ?? 0;
    this.#remaining -= found;
    if (found > 0) this.#poll = FIRST_POLL_MILLISECONDS;
    const nothing = idle && claimed !== undefined && found === 0;
    this.#suspects = solo && found > 0 ? 'runs' : nothing && !solo ? 'next' : 'no';
    this.#nothingOpen = nothing && solo;
    if (this.#suspects === 'no' && found < asked)
      this.#pause(claimed === undefined || (idle && found === 0) ? 'later' : 'when idle');
  }

  failed(): void {
    this.#claiming = false;
    this.#poll = LAST_POLL_MILLISECONDS;
    this.#pause('later');
  }

  #pause(ask: 'when idle' | 'later'): void {
    this.#nextClaim = ask;
    this.stop();
    this.#callOff = this.#clock.after(this.#poll, () => this.#tell({ type: 'claim' }));
    this.#poll = Math.min(2 * this.#poll, LAST_POLL_MILLISECONDS);
  }

  /** Something may be open again. */
  wake(): void {
    this.#nextClaim = 'now';
    this.#nothingOpen = false;
    if (this.#suspects === 'next') this.#suspects = 'no';
  }

  /** Stops polling. */
  stop(): void {
    this.#callOff();
  }
}
