import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnTypeNames, parseColumnType } from '../../../../src/domain/values/column-type.ts';
import { hasCode } from '../../../../src/domain/errors.ts';

const refused = (text: string): string => {
  try {
    parseColumnType(text);
  } catch (error) {
    expect(hasCode(error, 'STUDY_INVALID')).toBe(true);
    return (error as Error).message;
  }
  throw new Error(`${text} was accepted`);
};

describe('parseColumnType', () => {
  it.each([
    ['int', 'INT'],
    ['INT(11)', 'INT'],
    ['integer unsigned', 'INTEGER UNSIGNED'],
    ['BIGINT(20) UNSIGNED', 'BIGINT UNSIGNED'],
    ['  double   precision ', 'DOUBLE PRECISION'],
    ['Float', 'FLOAT(53)'],
    ['real', 'REAL'],
    ['numeric', 'NUMERIC(10,0)'],
    ['decimal( 8 , 3 )', 'DECIMAL(8,3)'],
    ['DECIMAL(5)', 'DECIMAL(5,0)'],
    ['varchar', 'VARCHAR(255)'],
    ['VARCHAR (40)', 'VARCHAR(40)'],
    ['char', 'CHAR(1)'],
    ['LongText', 'LONGTEXT'],
    ['bool', 'BOOL'],
    ['datetime(3)', 'DATETIME(3)'],
    ['datetime(0)', 'DATETIME'],
    ['json', 'JSON'],
  ])('%s is %s', (text, sql) => {
    expect(parseColumnType(text).sql).toBe(sql);
  });

  it('parses what it writes to the same type, and crosses threads', () => {
    for (const name of columnTypeNames) {
      const type = parseColumnType(name.toLowerCase());
      expect(type.sql.startsWith(name)).toBe(true);
      expect(parseColumnType(type.sql)).toEqual(type);
      expect(structuredClone(type)).toEqual(type);
      expect(JSON.parse(JSON.stringify(type))).toEqual(type);
    }
  });

  it.each([
    'INT; DROP TABLE x',
    'INT DEFAULT 1',
    'VARCHAR(0)',
    'VARCHAR(16384)',
    'CHAR(256)',
    'TEXT(5)',
    'DECIMAL(66)',
    'DECIMAL(3,4)',
    'DECIMAL(40,31)',
    'DATETIME(7)',
    'DOUBLE UNSIGNED',
    'INTUNSIGNED',
    'ENUM("a")',
    'BLOB',
    '',
    'INT\0',
  ])('refuses %j', (text) => {
    refused(text);
  });

  it('says which types there are and which may be meant', () => {
    expect(refused('VARCHR(20)')).toContain(
      '"VARCHR(20)" is no column type (did you mean VARCHAR?); there are TINYINT,',
    );
    expect(refused('VARCHAR(99999)')).toContain('16383; longer text: TEXT');
  });

  it('takes nothing but the allow-list, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom(...columnTypeNames).chain((name) => fc.string().map((rest) => name + rest)),
        ),
        (text) => {
          try {
            expect(parseColumnType(text).sql).toMatch(/^[A-Z]+( [A-Z]+)?(\(\d+(,\d+)?\))?( UNSIGNED)?$/);
          } catch (error) {
            expect(hasCode(error, 'STUDY_INVALID')).toBe(true);
          }
        },
      ),
    );
  });
});
