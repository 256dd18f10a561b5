import type { Row } from '../../../domain/values/column.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { writeJson } from '../../../domain/values/json-column.ts';

/** What the placeholders of a command stand for. */
export interface CommandValues {
  readonly id: number;
  readonly attempt: number;
  readonly keyfields: Row;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** The names that placeholders may have. */
export interface CommandNames {
  readonly keyfields: readonly string[];
  readonly custom: Readonly<Record<string, unknown>>;
}

type Part = string | { readonly placeholder: string };

/**
 * A command as an argv array, with `{keyfield}`, `{id}`, `{attempt}` and `{custom.name}` inside its elements; `{{` and
 * `}}` are braces. Elements are filled in after they were split, and no shell sees them: a value can never become two
 * arguments or a command. NULL becomes empty text, JSON and lists become JSON text.
 */
export class CommandTemplate {
  readonly #elements: readonly (readonly Part[])[];

  /** Throws `CONFIG_INVALID` naming the element, the unknown placeholder and the known ones. */
  constructor(command: readonly string[], names: CommandNames) {
    this.#elements = command.map((element, index) => parse(element, `experiment.command[${index}]`));
    const known = new Set([
      ...names.keyfields,
      'id',
      'attempt',
      ...Object.keys(names.custom).map((name) => `custom.${name}`),
    ]);
    for (const [index, parts] of this.#elements.entries()) {
      for (const part of parts) {
        if (typeof part === 'string') continue;
        const where = `experiment.command[${index}]: {${part.placeholder}}`;
        if (!known.has(part.placeholder)) {
          throw invalid(
            `${where} stands for nothing; there are: ${[...known].map((name) => `{${name}}`).join(' ')}; write {{ and }} for braces`,
          );
        }
        if (index === 0) throw invalid(`${where}: which program is started cannot depend on an experiment`);
      }
    }
    if (!this.#elements[0]?.some((part) => part !== ''))
      throw invalid('experiment.command: its first element, the program, is missing');
  }

  /** The program and its arguments. Throws `VALUE_REFUSED` for a value that would turn an argument into an option. */
  argv(values: CommandValues): [program: string, ...args: string[]] {
    let optionsOver = false;
    const filled = this.#elements.map((parts) => {
      const text = parts
        .map((part) => (typeof part === 'string' ? part : textOf(valueOf(part.placeholder, values))))
        .join('');
      const [first] = parts;
      if (first === '--' && parts.length === 1) optionsOver = true;
      else if (!optionsOver && typeof first === 'object' && text.startsWith('-')) {
        throw new ExperimenterError(
          'VALUE_REFUSED',
          `the argument {${first.placeholder}} became ${JSON.stringify(text)}, which a program reads as an option; write it as --name={${first.placeholder}}, or put "--" before it`,
        );
      }
      return text;
    });
    return filled as [string, ...string[]];
  }
}

const parse = (element: string, where: string): Part[] => {
  const parts: Part[] = [];
  let literal = '';
  for (const [token] of element.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (token === '{' || token === '}')
      throw invalid(`${where}: a lone ${token} in ${JSON.stringify(element)}; write ${token}${token} for a brace`);
    if (token === '{{' || token === '}}') literal += token[0];
    else if (token.startsWith('{')) {
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push({ placeholder: token.slice(1, -1) });
    } else literal += token;
  }
  return literal === '' ? parts : [...parts, literal];
};

const valueOf = (placeholder: string, { id, attempt, keyfields, custom }: CommandValues): unknown => {
  if (Object.hasOwn(keyfields, placeholder)) return keyfields[placeholder];
  if (placeholder === 'id') return id;
  if (placeholder === 'attempt') return attempt;
  return custom[placeholder.slice('custom.'.length)];
};

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : writeJson(value);
};

const invalid = (message: string) => new ExperimenterError('CONFIG_INVALID', message);
