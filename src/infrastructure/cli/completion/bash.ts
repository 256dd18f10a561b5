import type { CompletedVerb } from './words.ts';

/** For bash 3.2 and later, without the package bash-completion. */
export const bashScript = (
  verbs: readonly CompletedVerb[],
): string => `# ts-experimenter: source <(ts-experimenter completion bash)
_ts_experimenter() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" verb=run words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at]}" in
      ${verbs.map(({ name }) => name).join('|')}) verb="\${COMP_WORDS[at]}"; break ;;
    esac
  done
  COMPREPLY=()
  case "$verb $before" in
${valueCases(verbs).join('\n')}
  esac
  case "$word" in
    -*)
      case "$verb" in
${verbs.map(({ name, flags }) => `        ${name}) words="${flags.map((flag) => flag.name).join(' ')}" ;;`).join('\n')}
      esac ;;
    *)
      if ((at == COMP_CWORD)); then words="${verbs.map(({ name }) => name).join(' ')}"
      else case "$verb" in
${argumentCases(verbs).join('\n')}
        esac
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o filenames -F _ts_experimenter ts-experimenter`;

/** The completion of a flag's value. */
const valueCases = (verbs: readonly CompletedVerb[]): readonly string[] =>
  verbs.flatMap(({ name, flags }) =>
    flags.flatMap(({ name: flag, value }) => {
      const reply = {
        file: 'COMPREPLY=($(compgen -f -- "$word")); return',
        any: 'return',
        words: typeof value === 'object' ? `COMPREPLY=($(compgen -W "${value.join(' ')}" -- "$word")); return` : '',
      };
      return value === 'none'
        ? []
        : [`    "${name} ${flag}") ${reply[typeof value === 'string' ? value : 'words']} ;;`];
    }),
  );

const argumentCases = (verbs: readonly CompletedVerb[]): readonly string[] => [
  ...verbs
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `        ${name}) words="${words.join(' ')}" ;;`),
  ...verbs
    .filter(({ folder }) => folder)
    .map(({ name }) => `        ${name}) COMPREPLY=($(compgen -d -- "$word")); return ;;`),
];
