import { shells } from './arguments/choices.ts';
import type { VerbDeclaration } from './arguments/flags.ts';
import { deleteVerb, fillVerb, resetVerb, retryVerb } from './declarations/changing.ts';
import { exportVerb, plotVerb, tableVerb } from './declarations/evaluating.ts';
import { oneVerb, resumeVerb, runVerb } from './declarations/executing.ts';
import { checkVerb, errorsVerb, listVerb, planVerb, showVerb, statusVerb } from './declarations/looking.ts';
import { initVerb, schemaVerb } from './declarations/preparing.ts';

const completionVerb: VerbDeclaration = {
  name: 'completion',
  argument: ['<shell>', 'bash, zsh or fish', shells],
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
  runVerb,
  fillVerb,
  planVerb,
  statusVerb,
  errorsVerb,
  listVerb,
  showVerb,
  oneVerb,
  resetVerb,
  retryVerb,
  resumeVerb,
  deleteVerb,
  tableVerb,
  plotVerb,
  exportVerb,
  checkVerb,
  initVerb,
  schemaVerb,
  completionVerb,
];
