import type { Random } from './random.ts';

/** Other programs in the study's database: administrators, nightly jobs, scripts. They may do all that a database offers. */
export interface Others {
  /** Changes the definition of one of the study's tables, or rebuilds it; no row is changed. Answers what was done. */
  maintain(table: string, random: Random): Promise<string>;
  /** Lets no runner write. Returns how to let them again. */
  lock(table: string): Promise<() => Promise<void>>;
  /** Refuses for good what this runner needs, and nobody else. Undefined: it is not there any more. */
  forbid(
    table: string,
    runner: { readonly index: number; readonly pid: number },
    random: Random,
  ): Promise<Refusal | undefined>;
  /** Tables that `maintain` has seen and that are not there any more, or were made again. */
  gone(table: string): Promise<readonly string[]>;
}

export interface Refusal {
  /** What is refused. */
  readonly text: string;
  /** It can still record and release what it holds. */
  readonly claimsOnly: boolean;
  readonly undo: () => Promise<void>;
}
