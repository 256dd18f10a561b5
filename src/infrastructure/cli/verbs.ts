import type { VerbDeclaration } from './arguments/flags.ts';
import { deletion, fill, reset, retry } from './declarations/changing.ts';
import { exporting, plot, table } from './declarations/evaluating.ts';
import { one, resume, run } from './declarations/executing.ts';
import { check, errors, list, plan, show, status } from './declarations/looking.ts';
import { init, schema } from './declarations/preparing.ts';

const completion: VerbDeclaration = {
  name: 'completion',
  argument: ['<shell>', 'bash, zsh or fish', ['bash', 'zsh', 'fish']],
  summary: 'print a script that completes verbs, flags and their values in a shell',
  flags: [],
  examples: [
    ['completion bash >> ~/.bashrc', 'zsh: >> ~/.zshrc, after compinit'],
    ['completion fish > ~/.config/fish/completions/ts-experimenter.fish', 'read when it is needed'],
  ],
  load: async () => (await import('./verbs/completion.ts')).completionOf(verbs),
};

/**
 * Every verb, in the order of the help. Only names and words are loaded here: the code of a verb is loaded when it is
 * called.
 */
export const verbs: readonly VerbDeclaration[] = [
  run,
  fill,
  plan,
  status,
  errors,
  list,
  show,
  one,
  reset,
  retry,
  resume,
  deletion,
  table,
  plot,
  exporting,
  check,
  init,
  schema,
  completion,
];
