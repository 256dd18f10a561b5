import type { Row, Value } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { ExperimentContext } from '../../domain/experiment-function.ts';
import { preview } from './error-data.ts';
import { MOST_CHARACTERS } from './lines.ts';

/** How a line begins that was certainly meant as a message. */
const MEANT = /^\s*\{\s*"type"\s*:\s*"(result|log|progress|paused)"/;

/**
 * Acts on a line of a command's standard output if it is one of our messages: `{"type":"result","values":{…}}`,
 * `{"type":"log","logtable":"…","values":{…}}` or with a list of such values, `{"type":"progress","progress":…}`, `{"type":"paused"}`. Answers what it
 * was. Throws `VALUE_REFUSED` and `FIELD_UNKNOWN`; also for a line that was meant as a message but is none (Python's
 * `json.dumps` writes NaN, which is not JSON): dropping it in silence would lose a result.
 */
export const actOnLine = (line: string, whole: boolean, context: ExperimentContext): 'message' | 'paused' | 'other' => {
  const message = whole ? parse(line) : undefined;
  if (message === undefined) {
    if (!MEANT.test(line)) return 'other';
    throw refused(
      whole ? 'it is not valid JSON (NaN and Infinity are not)' : `it is longer than ${MOST_CHARACTERS} characters`,
      line,
    );
  }
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
      return 'other';
  }
};

const valuesOf = (message: Record<string, unknown>, line: string): Row => {
  const { values } = message;
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as Row;
  throw refused('its "values" are no object', line);
};

const rowsOf = (rows: readonly unknown[], line: string): readonly Row[] =>
  rows.map((values) => valuesOf({ values }, line));

const parse = (line: string): Record<string, unknown> | undefined => {
  if (!/^\s*\{/.test(line)) return undefined;
  try {
    return JSON.parse(line, exactly) as Record<string, unknown>;
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
