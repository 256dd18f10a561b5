import { type FlagDeclaration, type VerbDeclaration, commonFlags } from '../arguments/flags.ts';

/** A flag as a shell needs to know it. */
export interface CompletedFlag {
  readonly name: string;
  readonly description: string;
  /** What may follow it: nothing, a file's name, one of some words, or something that nobody can guess. */
  readonly value: 'none' | 'file' | 'any' | readonly string[];
}

/** A verb as a shell needs to know it. */
export interface CompletedVerb {
  readonly name: string;
  readonly summary: string;
  /** The words its argument may be, if it has such a one. */
  readonly words: readonly string[];
  /** Its argument is a folder's name. */
  readonly folder: boolean;
  readonly flags: readonly CompletedFlag[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const completedFlag = ([syntax, description, words]: FlagDeclaration): CompletedFlag => {
  const [name = '', placeholder] = syntax.split(' ');
  if (placeholder === undefined) return { name, description, value: 'none' };
  return { name, description, value: words ?? (placeholder === '<file>' ? 'file' : 'any') };
};

const completedVerb = ({ name, summary, argument, flags }: VerbDeclaration): CompletedVerb => ({
  name,
  summary,
  words: argument?.[2] ?? [],
  folder: argument?.[0].includes('folder') ?? false,
  flags: [...flags, ...Object.values(commonFlags), ['--help', 'what the verb does, with examples'] as const].map(
    completedFlag,
  ),
});

/** Everything that is completed, from the declarations that the command line itself is made of. */
export const completedVerbs = (verbs: readonly VerbDeclaration[]): readonly CompletedVerb[] => verbs.map(completedVerb);
