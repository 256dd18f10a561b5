import { isObject } from '../../text/safe-text.ts';

/** A piece of JSON Schema. */
export type JsonSchema = { readonly [key: string]: unknown };

/** What a key may hold: the check, its words, and its JSON Schema, so that the three cannot differ. */
export interface Format<Value> {
  /** Ends the sentence "allowed …", and is the type in docs/configuration.md. */
  readonly allowed: string;
  readonly json: JsonSchema;
  /** An environment variable or `--set` gives the text as it stands, also `123`. */
  readonly text?: true;
  /** Has keys that the user names: `--set` may reach inside. */
  readonly open?: true;
  accepts(value: unknown): value is Value;
  /** A guess at what was meant. */
  hint?(value: unknown): string | undefined;
}

/** A text of at least one character: no NUL, nothing that UTF-8 cannot write. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0') && value.isWellFormed();

/** A text of at least one character. */
export const text = (allowed = 'a text', most = 1000): Format<string> => ({
  allowed: `${allowed} of 1 to ${most} characters`,
  json: { type: 'string', minLength: 1, maxLength: most },
  text: true,
  accepts: (value): value is string => isText(value) && value.length <= most,
});

/** A text that may be empty and is never shown. */
export const secret: Format<string> = {
  allowed: 'a text',
  json: { type: 'string' },
  text: true,
  accepts: (value): value is string => value === '' || isText(value),
};

/** SQLite's name for a database without a file. */
export const IN_MEMORY = ':memory:';

/** A path, relative to the configuration file. */
export const path = (what: string): Format<string> => ({
  allowed: `the path of ${what}`,
  json: { type: 'string', minLength: 1 },
  text: true,
  accepts: (value): value is string => isText(value) && value !== IN_MEMORY && value.trim() !== '',
});

/** A path, or no file at all. */
export const databaseFile: Format<string> = {
  ...path('a database file'),
  allowed: `the path of a database file, or ${IN_MEMORY}`,
  accepts: (value): value is string => isText(value) && value.trim() !== '',
};

/** A text that matches; the expression must mean the same in JSON Schema, so no flags. */
export const pattern = (expression: RegExp, allowed: string): Format<string> => ({
  allowed,
  json: { type: 'string', pattern: expression.source },
  text: true,
  accepts: (value): value is string => typeof value === 'string' && expression.test(value),
});

/** One of some words. */
export const oneOf = <const Word extends string>(...words: readonly Word[]): Format<Word> => ({
  allowed: words
    .map((word) => `"${word}"`)
    .join(', ')
    .replace(/, ([^,]+)$/, ' or $1'),
  json: { enum: words },
  text: true,
  accepts: (value): value is Word => words.some((word) => word === value),
});

/** Yes or no. */
export const flag: Format<boolean> = {
  allowed: 'true or false',
  json: { type: 'boolean' },
  accepts: (value): value is boolean => typeof value === 'boolean',
  hint: (value) => {
    if (typeof value !== 'string') return undefined;
    return (
      { yes: 'true', on: 'true', true: 'true', no: 'false', off: 'false', false: 'false' } as Record<string, string>
    )[value.toLowerCase()];
  },
};

/** A whole number, both ends included. */
export const integer = (least: number, most: number): Format<number> => ({
  allowed: `an integer from ${least} to ${most}`,
  json: { type: 'integer', minimum: least, maximum: most },
  accepts: (value): value is number => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  hint: sizeInMegabytes,
});

/** `auto`, or so many. */
export const workers: Format<number | 'auto'> = {
  allowed: '"auto" or an integer from 1 to 1024',
  json: { anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 1024 }] },
  accepts: (value): value is number | 'auto' => value === 'auto' || integer(1, 1024).accepts(value),
};

/** A time in seconds. The most is what a timer of Node can wait: past 2^31 ms it would fire at once. */
export const seconds = (most = 2_147_483): Format<number> => ({
  allowed: `a number of seconds above 0 and at most ${most}`,
  json: { type: 'number', exclusiveMinimum: 0, maximum: most },
  accepts: (value): value is number => typeof value === 'number' && value > 0 && value <= most,
  hint: durationInSeconds,
});

/** An argument list: the first is the program. */
export const command: Format<readonly string[]> = {
  allowed: 'a list of texts, the program first, such as ["python3", "train.py", "--lr={lr}"]',
  json: { type: 'array', items: { type: 'string' }, minItems: 1 },
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) && isText(value[0]) && value.every((item) => item === '' || isText(item)),
};

/** Keys that the user names: opaque here, checked by the code that knows them. */
export const map = (allowed: string, json: JsonSchema): Format<Readonly<Record<string, unknown>>> => ({
  allowed,
  json: { type: 'object', ...json },
  open: true,
  accepts: isObject,
});

/** A list whose items are checked by the code that knows them. */
export const list = (allowed: string, items: JsonSchema): Format<readonly unknown[]> => ({
  allowed,
  json: { type: 'array', items },
  accepts: (value): value is readonly unknown[] => Array.isArray(value),
});

/** Anything: the code that reads it decides. */
export const custom = <Value>(
  allowed: string,
  json: JsonSchema,
  accepts: (value: unknown) => value is Value,
): Format<Value> => ({
  allowed,
  json,
  accepts,
});

const unit = (value: unknown, units: Readonly<Record<string, number>>): string | undefined => {
  const [, number, name] =
    (typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim()) : null) ?? [];
  const factor =
    name === undefined ? undefined : Object.entries(units).find(([word]) => word === name.toLowerCase())?.[1];
  return number === undefined || factor === undefined
    ? undefined
    : String(Number((Number(number) * factor).toPrecision(12)));
};

function durationInSeconds(value: unknown): string | undefined {
  return unit(value, {
    '': 1,
    ms: 0.001,
    s: 1,
    sec: 1,
    seconds: 1,
    m: 60,
    min: 60,
    minutes: 60,
    h: 3600,
    hours: 3600,
    d: 86_400,
  });
}

function sizeInMegabytes(value: unknown): string | undefined {
  return unit(value, { '': 1, m: 1, mb: 1, mib: 1, g: 1024, gb: 1024, gib: 1024 });
}
