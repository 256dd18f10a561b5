import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../../../src/domain/errors.ts';
import { nameProblem, tableNameProblem } from '../../../../src/domain/study/names.ts';
import { defineStudy, type StudyInput } from '../../../../src/domain/study/define-study.ts';
import { companionTableName, logtableName } from '../../../../src/domain/study/table-names.ts';
import { resultColumnNames, tableColumnNames } from '../../../../src/domain/study/table-layout.ts';

const input = (changes: Record<string, unknown> = {}): StudyInput => ({
  table: 'svm',
  keyfields: { seed: 'INT' },
  resultfields: { accuracy: 'DOUBLE' },
  ...changes,
});

const refused = (changes: Record<string, unknown>): readonly string[] => {
  try {
    defineStudy(input(changes));
  } catch (error) {
    if (!hasCode(error, 'STUDY_INVALID')) throw error;
    return (error as Error).message.split('\n');
  }
  throw new Error('accepted');
};

describe('defineStudy', () => {
  it('gives plain data in the order of the declaration', () => {
    const study = defineStudy({
      table: 'svm',
      keyfields: { kernel: 'varchar(20)', 'order by': 'INT', 'größe "x"': 'DOUBLE' },
      resultfields: { accuracy: 'DOUBLE', confusion: 'JSON' },
      resultTimestamps: true,
      logtables: { folds: { fold: 'INT' } },
    });
    expect(study.keyfields.map(({ name, type }) => [name, type.sql])).toEqual([
      ['kernel', 'VARCHAR(20)'],
      ['order by', 'INT'],
      ['größe "x"', 'DOUBLE'],
    ]);
    expect(structuredClone(study)).toEqual(study);
    expect(resultColumnNames(study)).toEqual(['accuracy', 'accuracy_timestamp', 'confusion', 'confusion_timestamp']);
    expect(resultColumnNames({ ...study, resultTimestamps: false })).toEqual(['accuracy', 'confusion']);
    expect(tableColumnNames({ ...study, resultTimestamps: false })).toEqual([
      'ID',
      'kernel',
      'order by',
      'größe "x"',
      'creation_date',
      'status',
      'start_date',
      'name',
      'machine',
      'accuracy',
      'confusion',
      'end_date',
      'error',
    ]);
    expect(logtableName(study, 'folds')).toBe('svm__folds');
    expect(companionTableName(study, 'leases')).toBe('svm_leases');
  });

  it('needs nothing but a table and one keyfield', () => {
    expect(defineStudy({ table: 't', keyfields: { a: 'INT' } })).toMatchObject({
      resultfields: [],
      resultTimestamps: false,
      logtables: [],
    });
    expect(refused({ keyfields: {} })).toEqual(['table.keyfields: found none; a study needs at least one']);
  });

  it('says every problem at once, one a line, each with its place in the file', () => {
    const problems = refused({
      table: 'a.b',
      keyfields: { gamma: 'DUBLE', '1st': 'INT', Status: 'INT', seed: 5 },
      resultfields: { Gamma: 'DOUBLE', ok: 'DOUBLE' },
      resultTimestamps: 'yes',
      logtables: { folds: { Timestamp: 'DATETIME', fold: 'INT' }, Folds: { fold: 'INT' }, empty: {}, bad: 'INT' },
    });
    const expected = [
      /^table\.name: found "a\.b"; a name cannot contain \. \? or \\$/,
      /^table\.keyfields\.gamma\.type: "DUBLE" is no column type \(did you mean DOUBLE\?\); there are TINYINT/,
      /^table\.keyfields\.1st: found "1st"; a name cannot start with a digit$/,
      /^table\.keyfields\.Status: the name Status is taken by a column status that is always there/,
      /^table\.keyfields\.seed\.type: found 5 \(number\); allowed is a SQL type as text/,
      /^table\.resultfields\.Gamma: the name Gamma is taken by the keyfield gamma/,
      /^table\.resultTimestamps: found "yes" \(string\); allowed are true and false$/,
      /^table\.logtables\.folds\.Timestamp: the name Timestamp is taken/,
      /^table\.logtables\.Folds: the name Folds is taken by the logtable folds/,
      /^table\.logtables\.empty: found no columns/,
      /^table\.logtables\.bad: found "INT" \(string\); allowed is a map of names$/,
    ];
    for (const pattern of expected) expect(problems.filter((line) => pattern.test(line))).toHaveLength(1);
    // The logtable `bad` has no columns either, which is one more line.
    expect(problems).toHaveLength(expected.length + 1);
  });

  it.each([
    ['empty', ''],
    ['long', 'a'.repeat(65)],
    ['surrogate', 'a\ud800'],
    ['beyond U+FFFF', 'a🙂'],
    ['control', 'a\nb'],
    ['NUL', 'a\0b'],
    ['dot', 'a.b'],
    ['question mark', 'a?'],
    ['backslash', 'a\\b'],
    ['digit', '2a'],
    ['space before', ' a'],
    ['space behind', 'a '],
    ['proto', '__proto__'],
    ['constructor', 'constructor'],
    ['prototype', 'prototype'],
    ['fixed', 'id'],
    ['InnoDB', 'DB_ROW_ID'],
  ])('refuses the field name: %s', (_, name) => {
    const keyfields = JSON.parse(`{${JSON.stringify(name)}: "INT"}`) as unknown;
    expect(refused({ keyfields })).toHaveLength(1);
  });

  it.each(['select', 'a b', "it's", '`a`', '"', 'größe', '%', 'Prototype', 'toString', 'a'.repeat(64), '学习率'])(
    'accepts the field name %s',
    (name) => {
      expect(defineStudy(input({ keyfields: { [name]: 'INT' } })).keyfields[0]?.name).toBe(name);
    },
  );

  it('counts the timestamp columns', () => {
    const long = 'a'.repeat(55);
    expect(defineStudy(input({ resultfields: { [long]: 'INT' } })).resultfields).toHaveLength(1);
    expect(refused({ resultfields: { [long]: 'INT' }, resultTimestamps: true })[0]).toContain('with 65 characters');
    expect(refused({ keyfields: { ACCURACY_timestamp: 'INT' }, resultTimestamps: true })).toEqual([
      'table.resultfields.accuracy: the name accuracy_timestamp is taken by the keyfield ACCURACY_timestamp (case makes no difference); choose another',
    ]);
  });

  it('takes a name of 64 characters, and refuses only what will be made and cannot be', () => {
    const longest = 'a'.repeat(64);
    expect(defineStudy(input({ table: longest, logtables: {} })).table).toBe(longest);
    expect(refused({ table: 'a'.repeat(65), logtables: {} })).toHaveLength(1);
    const log = { ['b'.repeat(13)]: { x: 'INT' } };
    expect(defineStudy(input({ table: 'a'.repeat(49), logtables: log })).logtables).toHaveLength(1);
    expect(refused({ table: 'a'.repeat(50), logtables: log })[0]).toMatch(/^table\.name: .* has 65 characters/);
    expect(defineStudy(input({ table: 'a'.repeat(53), logtables: {}, emissions: true })).emissions).toBe(true);
    expect(refused({ table: 'a'.repeat(54), logtables: {}, emissions: true })[0]).toMatch(
      /^table\.name: .*_codecarbon" has 65 characters/,
    );
    expect(refused({ table: 7 })).toEqual(['table.name: found 7 (number); allowed is text']);
  });

  it('refuses what begins with sqlite_, and takes sqlite', () => {
    expect(refused({ table: 'sqlite_study' })[0]).toMatch(/^table\.name: /);
    expect(defineStudy(input({ table: 'sqlite', logtables: {} })).table).toBe('sqlite');
    expect(refused({ table: 'sqlite', logtables: { l: { x: 'INT' } } })[0]).toMatch(/^table\.name: .*"sqlite__l"/);
    expect(refused({ table: 'SQLite', logtables: {}, emissions: true })[0]).toMatch(/^table\.name: /);
    expect(companionTableName({ table: 'sqlite' }, 'runners')).toMatch(/^ts_sqlite_[A-Pa-p]{16}_runners$/);
  });

  it('calls the tables beside a main table after it, within what every database takes', () => {
    expect(companionTableName({ table: 'a'.repeat(55) }, 'attempts')).toBe(`${'a'.repeat(55)}_attempts`);
    const letter = fc.constantFrom(...'abABz_9 é日');
    const text = (minLength: number) => fc.string({ unit: letter, minLength, maxLength: 64 });
    const name = fc.oneof(text(1), text(54)).filter((one) => nameProblem(one) === undefined);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(tableNameProblem(one) === undefined && tableNameProblem(other) === undefined);
        const [first, second] = [one, other].map((table) => companionTableName({ table }, 'attempts')) as [
          string,
          string,
        ];
        for (const table of [first, second]) expect(tableNameProblem(table)).toBeUndefined();
        expect(first === second).toBe(one === other);
      }),
    );
  });

  it('gives two spellings of a long name the same tables where case makes no difference, and others where it does', () => {
    const small = 'x'.repeat(64);
    const [one, other] = [small, `${small.slice(0, 63)}X`].map((table) => companionTableName({ table }, 'leases'));
    expect(one).not.toBe(other);
    expect(one?.toLowerCase()).toBe(other?.toLowerCase());
  });

  it.each([[undefined], [null], [5], [[]], ['a']])('survives %o for each part', (part) => {
    for (const key of ['table', 'keyfields'])
      expect(() => defineStudy(input({ [key]: part === 'a' && key === 'table' ? '' : part }))).toThrow(/^table\./);
    for (const key of ['resultfields', 'logtables'])
      if (part !== undefined && part !== null) expect(() => defineStudy(input({ [key]: part }))).toThrow(/^table\./);
  });

  it('throws nothing but its own errors, whatever is declared', () => {
    const map = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(fc.constant('INT'), fc.anything()));
    fc.assert(
      fc.property(
        fc.record({
          table: fc.anything(),
          keyfields: map,
          resultfields: map,
          logtables: fc.dictionary(fc.string(), map),
        }),
        (given) => {
          try {
            defineStudy(given as unknown as StudyInput);
          } catch (error) {
            expect(hasCode(error, 'STUDY_INVALID')).toBe(true);
            for (const line of (error as Error).message.split('\n')) expect(line).toMatch(/^table\./);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
