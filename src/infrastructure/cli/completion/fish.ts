import type { CompletedFlag, CompletedVerb } from './words.ts';

/** For fish 3 and later. */
export const fishScript = (verbs: readonly CompletedVerb[]): string => {
  const names = verbs.map(({ name }) => name).join(' ');
  return [
    '# ts-experimenter: ts-experimenter completion fish | source',
    'complete -c ts-experimenter -f',
    ...verbs.flatMap(({ name, summary, flags, words, folder }) => {
      // Without a verb, `run` is executed.
      const without = name === 'run' ? `; or not __fish_seen_subcommand_from ${names}` : '';
      const here = `complete -c ts-experimenter -n '__fish_seen_subcommand_from ${name}${without}'`;
      return [
        `complete -c ts-experimenter -n 'not __fish_seen_subcommand_from ${names}' -a ${name} -d ${fishText(summary)}`,
        ...(words.length > 0 ? [`${here} -a ${fishText(words.join(' '))}`] : []),
        ...(folder ? [`${here} -a '(__fish_complete_directories)'`] : []),
        ...flags.map((flag) => `${here} ${flagOf(flag)}`),
      ];
    }),
  ].join('\n');
};

const flagOf = ({ name, description, value }: CompletedFlag): string => {
  const follows = {
    none: '',
    file: ' -r -F',
    any: ' -x',
    words: typeof value === 'object' ? ` -x -a ${fishText(value.join(' '))}` : '',
  };
  return `-l ${name.slice(2)}${follows[typeof value === 'string' ? value : 'words']} -d ${fishText(description)}`;
};

const fishText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
