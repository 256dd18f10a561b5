import { describe, expect, it } from 'vitest';
import { minimal, refusal } from '../../../support/configurations.ts';

const table = (more: object): object => ({
  table: { name: 't', keyfields: { seed: { type: 'INT', values: [1] } }, ...more },
});
const keyfield = (seed: unknown): object => ({ table: { name: 't', keyfields: { seed } } });

/** What is wrong with the study → the line about it, after the label. */
const refused: readonly (readonly [what: string, more: object, line: string])[] = [
  [
    'an empty name',
    { table: { name: '', keyfields: { seed: { type: 'INT' } } } },
    'table.name: found an empty text; allowed a table name',
  ],
  ['no table', { table: {} }, 'table.name: found nothing; allowed a table name of 1 to 64 characters'],
  ['no keyfields', { table: { name: 't' } }, 'table.keyfields: found nothing; allowed an object: keyfield name'],
  [
    'empty keyfields',
    { table: { name: 't', keyfields: {} } },
    'table.keyfields: found an empty object; allowed at least one keyfield',
  ],
  [
    'a keyfield that is a type',
    keyfield('INT'),
    'table.keyfields.seed: found "INT"; allowed an object with type, values, default, when',
  ],
  [
    'a keyfield without a type',
    keyfield({ values: [1] }),
    'table.keyfields.seed.type: found nothing; allowed a SQL type',
  ],
  [
    'a keyfield with a misspelt key',
    keyfield({ type: 'INT', value: [1] }),
    'table.keyfields.seed.value: found an unknown key; allowed type, values, default, when (did you mean values?)',
  ],
  [
    'a keyfield without values in its list',
    keyfield({ type: 'INT', values: [] }),
    'table.keyfields.seed.values: found an empty list; allowed at least one value',
  ],
  ['a value its type cannot hold', keyfield({ type: 'INT', values: [1, 'two'] }), 'table.keyfields.seed.values[1]: '],
  ['a range without an end', keyfield({ type: 'INT', values: { start: 0 } }), 'table.keyfields.seed.values: '],
  [
    'a condition on no keyfield',
    keyfield({ type: 'INT', values: [1], when: { kernel: 'rbf' } }),
    'table.keyfields.seed.when.kernel: no keyfield of the study',
  ],
  [
    'an exclusion of no keyfield',
    table({ exclude: [{ sead: 1 }] }),
    'table.exclude[0].sead: no keyfield of the study (did you mean seed?)',
  ],
  ['a type that is none', keyfield({ type: 'INTT', values: [1] }), 'table.keyfields.seed.type: '],
  ['a type with more behind it', table({ resultfields: { x: 'INT); DROP TABLE t; --' } }), 'table.resultfields.x: '],
  ['a fixed column', table({ resultfields: { status: 'INT' } }), 'table.resultfields.status: '],
  [
    'a resultfield without a type',
    table({ resultfields: { x: null } }),
    'table.resultfields.x: found nothing; allowed a SQL type',
  ],
  [
    'resultfields as a list',
    table({ resultfields: ['x'] }),
    'table.resultfields: found a list; allowed an object: resultfield name → SQL type',
  ],
  [
    'a logtable that is a type',
    table({ logtables: { folds: 'INT' } }),
    'table.logtables.folds: found "INT"; allowed an object: column name → SQL type',
  ],
  [
    'a logtable without columns',
    table({ logtables: { folds: {} } }),
    'table.logtables.folds: found an empty object; allowed at least one column',
  ],
  [
    'exclude as an object',
    table({ exclude: { seed: 1 } }),
    'table.exclude: found an object; allowed a list of objects',
  ],
  [
    'an exclusion of everything',
    table({ exclude: [{}] }),
    'table.exclude.0: found an empty object; allowed an object: keyfield',
  ],
];

describe('a study refused, with the key, what was found and what is allowed:', () => {
  it.each(refused)('%s', (_what, more, line) => {
    const error = refusal({ ...minimal(), ...more });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`configuration: ${line}`);
  });
});
