import { languages } from '../arguments/choices.ts';
import type { VerbDeclaration } from '../arguments/flags.ts';

export const initVerb: VerbDeclaration = {
  name: 'init',
  argument: ['[folder]', 'where; it is made if need be (default: here)'],
  summary: 'a new study that runs, to be made your own',
  flags: [
    ['--language <name>', 'typescript (default) or javascript', languages],
    ['--name <table>', "the study's table (default: the folder's name)"],
  ],
  examples: [
    ['init my-study', 'then: ts-experimenter run --config my-study/study.json'],
    ['init --language javascript', 'here'],
  ],
  load: async () => (await import('../verbs/init.ts')).init,
};

export const schemaVerb: VerbDeclaration = {
  name: 'schema',
  summary: 'print the JSON Schema of configuration files',
  flags: [],
  examples: [['schema > config.schema.json', 'for an editor']],
  load: async () => (await import('../verbs/schema.ts')).schema,
};
