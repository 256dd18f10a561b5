import { type VerbDeclaration, selectionFlags, selectionFlagsWithoutStatus, yesFlag } from '../arguments/flags.ts';

export const fillVerb: VerbDeclaration = {
  name: 'fill',
  summary: 'create tables if missing, and add the experiments that are not there yet',
  flags: [
    ['--create-only', 'create tables, or what they lack, and add no experiment'],
    [
      '--alter',
      'first alter columns whose type, or the case of whose name, the configuration has changed; shows it and asks',
    ],
    ['--rename <column=field...>', 'with --alter: a column that the configuration does not name becomes this field'],
    ['--drop <column...>', 'with --alter: remove a column that the configuration does not name, with its values'],
    yesFlag('alter'),
    ['--force', 'alter also while runners live'],
  ],
  examples: [
    ['fill --config study.json', 'add what the configuration has gained'],
    ['fill --create-only', 'before experiments are added from code'],
    ['fill --alter', 'after the type of a field was changed'],
    ['fill --alter --rename acc=accuracy --drop notes', 'after fields were renamed and removed'],
  ],
  load: async () => (await import('../verbs/fill.ts')).fill,
};

export const resetVerb: VerbDeclaration = {
  name: 'reset',
  summary: 'open the selected experiments again: ids and history stay, results go',
  flags: [...selectionFlags, ['--all', 'all experiments'], yesFlag('lose results')],
  examples: [
    ['reset --where "kernel = poly" --yes', 'execute these again'],
    ['reset --id 1-10,17', 'asks before results are lost'],
  ],
  load: async () => (await import('../verbs/reset.ts')).reset,
};

export const retryVerb: VerbDeclaration = {
  name: 'retry',
  summary: 'open failed experiments again',
  flags: selectionFlagsWithoutStatus,
  examples: [
    ['retry', 'all that failed'],
    ['retry --where "error ~ ECONNRESET"', 'those with this error'],
  ],
  load: async () => (await import('../verbs/reset.ts')).retry,
};

export const deleteVerb: VerbDeclaration = {
  name: 'delete',
  summary: 'delete the selected experiments; without a selection, drop every table of the study',
  flags: [
    ...selectionFlags,
    yesFlag('delete or drop them'),
    ['--force', 'drop it also while runners execute it'],
    ['--recreate', 'create the tables again, empty, right after they were dropped'],
  ],
  examples: [
    ['delete --where "kernel = poly"', 'these experiments, with their logs; asks first'],
    ['delete --config study.json', 'the whole study; asks first'],
    ['delete --recreate --yes', 'start again with empty tables'],
  ],
  load: async () => (await import('../verbs/delete.ts')).deleteStudy,
};
