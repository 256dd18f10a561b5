import { shells } from '../arguments/choices.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { completedVerbs } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb, VerbDeclaration } from '../arguments/flags.ts';
import { oneOf } from '../arguments/flag-values.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  (typeof shells)[number],
  unknown
>;

/** Prints a script that a shell sources, for these verbs. */
export const completionOf =
  (verbs: readonly VerbDeclaration[]): Verb =>
  async (_flags, argument) => {
    await print(scripts[oneOf('completion', argument, shells)](completedVerbs(verbs)));
    return ExitCode.Success;
  };
