import { columnTypeNames } from '../../../domain/values/column-type.ts';
import { flag, list, map, text, type JsonSchema } from './formats.ts';
import { key, required } from './node.ts';

/** JSON Schema of what the user names in `table`: editors complete and underline by it; the check itself is the domain's. */
const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 64 };

// JSON Schema's patterns know no flag for "regardless of case".
const anyCase = (word: string): string =>
  word.replace(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`).replaceAll(' ', String.raw`\s+`);

const sqlType: JsonSchema = {
  type: 'string',
  description: `A SQL type, in any case: ${columnTypeNames.join(', ')}; some take numbers, such as VARCHAR(255) and DECIMAL(10,2).`,
  examples: ['INT', 'BIGINT', 'DOUBLE', 'DECIMAL(10,2)', 'BOOLEAN', 'VARCHAR(255)', 'TEXT', 'DATETIME', 'DATE', 'JSON'],
  pattern: String.raw`^\s*(${columnTypeNames.map(anyCase).join('|')})\s*(\(\s*\d+(\s*,\s*\d+)*\s*\))?(\s*${anyCase('UNSIGNED')})?\s*$`,
};

const columns: JsonSchema = { propertyNames: name, additionalProperties: sqlType };
const number: JsonSchema = { type: 'number' };

const spaced = (word: string, description: string): JsonSchema => ({
  type: 'object',
  description,
  properties: { [word]: { type: 'array', items: number, minItems: 3, maxItems: 3 } },
  required: [word],
  additionalProperties: false,
});

const values: JsonSchema = {
  description: 'A list of values, or a range that stands for one.',
  anyOf: [
    { type: 'array', minItems: 1, description: 'The values, each once.' },
    {
      type: 'object',
      description: 'start, start + step, … up to, but without, stop.',
      properties: { start: number, stop: number, step: { ...number, default: 1 } },
      required: ['start', 'stop'],
      additionalProperties: false,
    },
    spaced('linspace', '[from, to, count]: so many values at equal distances, both ends included.'),
    spaced('logspace', '[from, to, count]: so many values at equal ratios, both ends included.'),
  ],
};

const condition = (description: string): JsonSchema => ({
  type: 'object',
  description,
  minProperties: 1,
  propertyNames: name,
  additionalProperties: { description: 'A value, or a list of values any of which will do.' },
});

const keyfieldsSchema: JsonSchema = {
  minProperties: 1,
  propertyNames: name,
  additionalProperties: {
    type: 'object',
    properties: {
      type: sqlType,
      values,
      default: { description: 'What experiments get that were there before this keyfield was added to the study.' },
      when: condition(
        'Other keyfields → value or values: where they do not all match, this one is NULL, in one combination.',
      ),
    },
    required: ['type'],
    additionalProperties: false,
  },
};

const excludeSchema: JsonSchema = condition(
  'Keyfields → value or values; a combination that matches all of them is left out.',
);
const logtablesSchema: JsonSchema = {
  propertyNames: name,
  additionalProperties: { type: 'object', minProperties: 1, ...columns },
};

/** The section `table`. */
export const tableSchema = {
  name: required({
    type: text('a table name', 64),
    doc: "Name of the study's table; the names of its other tables are made of it.",
  }),
  keyfields: required({
    type: map('an object: keyfield name → { type, values, default, when }', keyfieldsSchema),
    doc: 'The parameters: name → type and values. Each combination is one experiment; the first keyfield varies slowest, the last fastest.',
  }),
  exclude: key({
    type: list('a list of objects: keyfield → value or values', excludeSchema),
    default: [],
    doc: 'Combinations to leave out: one is excluded when it matches every keyfield of any entry.',
  }),
  resultfields: key({
    type: map('an object: resultfield name → SQL type', columns),
    default: {},
    doc: 'What the experiment function may report: name → SQL type.',
  }),
  resultTimestamps: key({
    type: flag,
    default: false,
    doc: 'Whether each resultfield is followed by a column `<field>_timestamp` that tells when it was last written.',
  }),
  logtables: key({
    type: map('an object: logtable name → { column: SQL type }', logtablesSchema),
    default: {},
    doc: 'Tables the experiment function may append any number of rows to: name → column → SQL type.',
  }),
} as const;
