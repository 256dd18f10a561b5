import { ExperimenterError } from '../../../domain/errors.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { quoted } from '../../text/safe-text.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { type Shell, completedVerbs, shells } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb, VerbDeclaration } from '../arguments/flags.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<Shell, unknown>;

const isShell = (text: string): text is Shell => (shells as readonly string[]).includes(text);

/** Prints a script that a shell sources, for these verbs. */
export const completionOf =
  (verbs: readonly VerbDeclaration[]): Verb =>
  async (_flags, argument) => {
    if (!isShell(argument)) {
      const found = `completion: found ${quoted(argument)}${didYouMean(argument, shells)}`;
      throw new ExperimenterError('USAGE', `${found}; allowed ${shells.join(', ')}`);
    }
    await print(scripts[argument](completedVerbs(verbs)));
    return ExitCode.Success;
  };
