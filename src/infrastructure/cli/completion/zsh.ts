import type { CompletedFlag, CompletedVerb } from './words.ts';

/** For zsh: sourced after compinit, or as a file `_ts-experimenter` in the fpath. */
export const zshScript = (verbs: readonly CompletedVerb[]): string => `#compdef ts-experimenter
# ts-experimenter: source <(ts-experimenter completion zsh)
_ts_experimenter() {
  local -a verbs=(
${verbs.map(({ name, summary }) => `    ${zshText(`${name}:${summary}`)}`).join('\n')}
  )
  local verb=run at
  for ((at = 2; at < CURRENT; at++)); do
    case "$words[at]" in
      ${verbs.map(({ name }) => name).join('|')}) verb="$words[at]"; break ;;
    esac
  done
  if ((at >= CURRENT)) && [[ "$words[CURRENT]" != -* && "$words[CURRENT-1]" != -* ]]; then
    _describe -t verbs 'verb' verbs
    return
  fi
  case "$verb" in
${verbs.map(verbCase).join('\n')}
  esac
}
if [[ "$funcstack[1]" == _ts-experimenter ]]; then _ts_experimenter "$@"; else compdef _ts_experimenter ts-experimenter; fi`;

const verbCase = ({ name, flags, words, folder }: CompletedVerb): string => {
  const argument =
    words.length > 0 ? [`'*:what:(${name} ${words.join(' ')})'`] : [`'*:what:${folder ? '_files -/' : ''}'`];
  return `    ${name}) _arguments ${[...flags.map(argumentOf), ...argument].join(' ')} ;;`;
};

const argumentOf = ({ name, description, value }: CompletedFlag): string => {
  const text = description.replaceAll(/[[\]\\]/g, '\\$&').replaceAll(':', '\\:');
  const follows = {
    none: '',
    file: ':file:_files',
    any: ':value:',
    words: typeof value === 'object' ? `:value:(${value.join(' ')})` : '',
  };
  return zshText(`*${name}[${text}]${follows[typeof value === 'string' ? value : 'words']}`);
};

const zshText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
