import { type FlagDeclaration, type VerbDeclaration, commonFlags } from '../arguments/flags.ts';

/** What a shell must know of a flag. */
export interface CompletedFlag {
  readonly name: string;
  readonly description: string;
  /** The kind of its value: none, a file's name, one of some words, or any text. */
  readonly value: 'none' | 'file' | 'any' | readonly string[];
}

/** What a shell must know of a verb. */
export interface CompletedVerb {
  readonly name: string;
  readonly summary: string;
  /** The allowed words of its argument; empty if any text is allowed. */
  readonly words: readonly string[];
  /** Whether its argument is a folder's name. */
  readonly folder: boolean;
  readonly flags: readonly CompletedFlag[];
}

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

/** What is completed, made of the declarations of the command line. */
export const completedVerbs = (verbs: readonly VerbDeclaration[]): readonly CompletedVerb[] => verbs.map(completedVerb);
