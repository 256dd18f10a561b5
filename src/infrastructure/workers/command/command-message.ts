import type { Row, Value } from '../../../domain/values/column.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { ExperimentContext } from '../../../domain/experiment/experiment-function.ts';
import { nearestName } from '../../../domain/did-you-mean.ts';
import { preview } from '../execution/error-data.ts';

const TYPES = ['result', 'log', 'progress', 'paused'];
/** Says that it is one of our messages, in JSON or as Python prints a dict. */
const NAMES_TYPE = /['"]type['"]\s*:\s*['"](result|log|progress|paused)['"]/;
/** How a line begins that was certainly meant as a message, even if it cannot be read. */
const MEANT = /^\s*\{\s*"type"\s*:\s*"(result|log|progress|paused)"/;
/** Objects in a line that are tried. */
const MOST_OBJECTS = 16;

/** What a line was. `text`: the part that is no message. */
export interface ActedOn {
  /** `like`: it looks like a message, and is none. */
  readonly kind: 'message' | 'paused' | 'other' | 'like';
  readonly text: string;
}

/**
 * Acts on a line of a command's standard output if it is one of our messages: `{"type":"result","values":{…}}`,
 * `{"type":"log","logtable":"…","values":{…}}` or with a list of such values, `{"type":"progress","progress":…}`,
 * `{"type":"paused"}`; its keys may stand in any order. A message may stand behind other text, like a progress bar that
 * has no line end. Throws `VALUE_REFUSED` and `FIELD_UNKNOWN`; also for a line that was meant as a message but is none
 * (Python's `json.dumps` writes NaN, which is not JSON): ignoring it would lose a result.
 */
export const actOnLine = (line: string, whole: boolean, context: ExperimentContext): ActedOn => {
  const message = whole && /^\s*\{/.test(line) ? parse(line, isMeant) : undefined;
  if (message !== undefined) {
    const kind = act(message, line, context);
    if (kind) return { kind, text: '' };
    return { kind: isAlmostMessage(message) ? 'like' : 'other', text: line };
  }
  if (MEANT.test(line)) throw refused(whole ? NOT_JSON : `it is longer than ${MOST_CHARACTERS} characters`, line);
  if (!NAMES_TYPE.test(line)) return { kind: 'other', text: line };
  const found = whole ? messageBehindText(line) : undefined;
  const kind = found && act(found.message, line, context);
  return found && kind ? { kind, text: line.slice(0, found.from) } : { kind: 'like', text: line };
};

const NOT_JSON = 'it is not valid JSON (NaN and Infinity are not)';

/** Undefined: it is no message. */
const act = (
  message: Record<string, unknown>,
  line: string,
  context: ExperimentContext,
): 'message' | 'paused' | undefined => {
  switch (message['type']) {
    case 'result':
      context.report(valuesOf(message, line));
      return 'message';
    case 'log':
      context.log(
        String(message['logtable']),
        Array.isArray(message['values']) ? rowsOf(message['values'], line) : valuesOf(message, line),
      );
      return 'message';
    case 'progress':
      context.progress((message['progress'] ?? null) as Value);
      return 'message';
    case 'paused':
      return 'paused';
    default:
      return undefined;
  }
};

/** The text before an object may be anything, also a text about messages: only a complete message counts. */
const messageBehindText = (
  line: string,
): { readonly from: number; readonly message: Record<string, unknown> } | undefined => {
  for (let from = line.indexOf('{'), tried = 0; from >= 0 && tried < MOST_OBJECTS; tried += 1) {
    const message = parse(line.slice(from), isComplete);
    if (message !== undefined) return isComplete(message) ? { from, message } : undefined;
    from = line.indexOf('{', from + 1);
  }
  return undefined;
};

const isComplete = ({ type, logtable, values, progress }: Record<string, unknown>): boolean => {
  const hasValues = typeof values === 'object' && values !== null;
  if (type === 'result') return hasValues && !Array.isArray(values);
  if (type === 'log') return hasValues && typeof logtable === 'string';
  return type === 'paused' || (type === 'progress' && progress !== undefined);
};

/** JSON that is no message, but has its parts. */
const isAlmostMessage = (message: Record<string, unknown>): boolean => {
  const { type, ...more } = message;
  const hasParts = 'values' in more || 'logtable' in more || 'progress' in more;
  if (typeof type !== 'string') return typeof more['values'] === 'object' && more['values'] !== null;
  return nearestName(type.trim(), TYPES) !== undefined && (hasParts || Object.keys(more).length === 0);
};

const isMeant = ({ type }: Record<string, unknown>): boolean => TYPES.includes(String(type));

const valuesOf = (message: Record<string, unknown>, line: string): Row => {
  const { values } = message;
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Row;
  throw refused('its "values" are no object', line);
};

const rowsOf = (rows: readonly unknown[], line: string): readonly Row[] =>
  rows.map((values) => valuesOf({ values }, line));

/** Undefined: it is no JSON object. Throws for one that is `ours` but for numbers that JSON does not have. */
const parse = (
  text: string,
  ours: (message: Record<string, unknown>) => boolean,
): Record<string, unknown> | undefined => {
  const message = parseJson(text);
  if (message !== undefined || !NAMES_TYPE.test(text)) return message;
  const repaired = parseJson(text.replaceAll(/-?\b(NaN|Infinity)\b/g, 'null'));
  if (repaired !== undefined && ours(repaired)) throw refused(NOT_JSON, text);
  return undefined;
};

const parseJson = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text, exactly) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

/** Integers beyond 2^53 keep all their digits. */
const exactly = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
  const digits = context?.source ?? '';
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(digits) ? BigInt(digits) : value;
};

const refused = (why: string, line: string) =>
  new ExperimenterError('VALUE_REFUSED', `a message of the command is refused: ${why}: ${preview(line.slice(0, 500))}`);

/** Longest line that is passed on whole. */
export const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Cuts text that arrives in pieces into lines; a line that is too long is passed on in several. */
export class Lines {
  readonly #onLine: (line: string, whole: boolean) => void;
  #pieces: string[] = [];
  #length = 0;

  constructor(onLine: (line: string, whole: boolean) => void) {
    this.#onLine = onLine;
  }

  write(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#keep(text.slice(from, end));
      this.#pass(true);
      from = end + 1;
    }
    if (from < text.length) this.#keep(text.slice(from));
  }

  /** The last line may lack its line end. */
  end(): void {
    if (this.#length > 0) this.#pass(true);
  }

  #keep(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length > MOST_CHARACTERS) this.#pass(false);
  }

  #pass(whole: boolean): void {
    const line = this.#pieces.join('').replace(/\r$/, '');
    this.#pieces = [];
    this.#length = 0;
    this.#onLine(line, whole);
  }
}
