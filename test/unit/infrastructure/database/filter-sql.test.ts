import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../../src/domain/filter/parse-filter.ts';
import { filterText } from '../../../../src/domain/filter/filter.ts';
import { tableColumnNames } from '../../../../src/domain/study/table-layout.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { filterCondition } from '../../../../src/infrastructure/database/query/filter-sql.ts';
import { mysqlDialect } from '../../../../src/infrastructure/database/mysql/mysql-sql.ts';
import type { Database } from '../../../../src/infrastructure/database/connection/sql.ts';
import { sqliteDialect } from '../../../../src/infrastructure/database/sqlite/sqlite-sql.ts';
import { StudyTables } from '../../../../src/infrastructure/database/schema/study-tables.ts';

const study = defineStudy({
  table: 'hostile',
  keyfields: { text: 'TEXT', number: 'INT', real: 'DOUBLE', json: 'JSON', 'o`d"d': 'TEXT' },
  resultfields: { flag: 'BOOLEAN' },
});
const names = tableColumnNames(study);

const hostile = fc
  .oneof(
    fc.constantFrom("'; DROP TABLE hostile; --", '" OR 1=1 --', "\\' OR '1'='1", '`', '/*', '?', ');'),
    fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
  )
  .map((text) => `zq7${text}zq7`);

describe.each([sqliteDialect, mysqlDialect])('the SQL of a filter on $name', (dialect) => {
  const tables = new StudyTables(study, { dialect } as Database, false);

  it('holds no value, only places for it, whatever the value is', () => {
    const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~', '!~');
    fc.assert(
      fc.property(fc.constantFrom(...names), comparison, hostile, hostile, (field, operator, one, other) => {
        const written = filterText({
          kind: 'or',
          left: { kind: 'compare', field, comparison: operator as '=', value: one },
          right: { kind: 'in', field, values: [other, one] },
        });
        const { sql, parameters } = filterCondition(parseFilter(written, names), tables);
        expect(sql).not.toContain('zq7');
        expect(sql.split('?')).toHaveLength(parameters.length + 1);
        for (const parameter of parameters) expect([one, other]).toContain(parameter);
      }),
      { numRuns: 2_000 },
    );
  });
});
