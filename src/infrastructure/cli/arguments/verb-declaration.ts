import type { FlagDeclaration, Verb } from './flags.ts';

/** A verb as the command line knows it before its module is loaded. */
export interface VerbDeclaration {
  readonly name: string;
  /** Its only argument. */
  readonly argument?: FlagDeclaration;
  readonly summary: string;
  readonly flags: readonly FlagDeclaration[];
  /** Arguments of examples, and what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly load: () => Promise<Verb>;
}
