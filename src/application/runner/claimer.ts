import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ClaimAnswered, OrchestratorMessage } from './messages.ts';
import type { Clock } from '../ports/ports.ts';

/** Claims up to so many experiments; `alone`: one, whatever it has cost, that will run with nothing beside it. */
export type ClaimCall = (count: number, alone: boolean) => Promise<readonly Claimed[] | undefined>;

/**
 * Between two looks for open experiments when the last found too few; doubled by each that finds none. Runners that start
 * or end together are soon done with each other, and whoever waits for a long experiment asks once a second.
 */
const FIRST_POLL_MILLISECONDS = 50;
const LAST_POLL_MILLISECONDS = 1_000;
const LARGEST_CLAIM = 4_096;

/**
 * When to claim: one claim at a time, none while the last one found too little, unless everything else has come to rest.
 * Last of all, with nothing else in flight, come the suspects: experiments that have cost so many attempts that the next
 * loss is their last one. Each is claimed and runs alone, so that it pays for nobody else, and nobody for it.
 */
export class Claimer {
  readonly #source: ClaimCall;
  readonly #clock: Clock;
  readonly #tell: (message: OrchestratorMessage) => void;
  /** How many more this run may claim. */
  #remaining: number;
  #claiming = false;
  /** Whether to ask at once, only with nothing else in flight (the last claim found too few), or not before the next look. */
  #nextClaim: 'now' | 'when idle' | 'later' = 'now';
  /** The last claim was made with nothing in flight, and found nothing. */
  #nothingOpen = false;
  /** Nothing but suspects can be open; or one of them is in flight. */
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

  /** Nothing was open when last looked, with nothing in flight. */
  get nothingOpen(): boolean {
    return this.#nothingOpen;
  }

  /** Asks for up to `count`, if it is time to; `idle`: nothing else is in flight. */
  claimIfDue(count: number, idle: boolean): void {
    if (this.#suspects === 'runs') {
      if (!idle) return;
      this.#suspects = 'no';
      this.wake();
    }
    const alone = this.#suspects === 'next' && idle;
    const asked = Math.min(alone ? 1 : count, this.#remaining, LARGEST_CLAIM);
    if (asked < 1 || this.#claiming || this.#nextClaim === 'later' || (this.#nextClaim === 'when idle' && !idle))
      return;
    this.#claiming = true;
    this.#source(asked, alone).then(
      (claimed) => this.#tell({ type: 'claimAnswered', claimed, asked, idle, solo: alone }),
      (error: unknown) => this.#tell({ type: 'claimFailed', error }),
    );
  }

  answered({ claimed, asked, idle, solo: alone }: ClaimAnswered): void {
    this.#claiming = false;
    const found = claimed?.length ?? 0;
    this.#remaining -= found;
    if (found > 0) this.#poll = FIRST_POLL_MILLISECONDS;
    const nothing = idle && claimed !== undefined && found === 0;
    this.#suspects = alone && found > 0 ? 'runs' : nothing && !alone ? 'next' : 'no';
    this.#nothingOpen = nothing && alone;
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

  /** Something may be open. */
  wake(): void {
    this.#nextClaim = 'now';
    this.#nothingOpen = false;
    if (this.#suspects === 'next') this.#suspects = 'no';
  }

  /** No more looks by itself. */
  stop(): void {
    this.#callOff();
  }
}
