import type { ValueCount } from '../../../domain/repository/alteration.ts';
import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { StoredValue } from '../../../domain/values/column.ts';
import { convertedValue } from '../../../domain/values/converted-value.ts';
import { hasCode } from '../../../domain/errors.ts';
import { shownValue } from '../../../domain/values/refusal.ts';
import { knownType } from '../schema/found-type.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Cells, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import type { TableDefinition } from '../schema/table-definition.ts';

/** Rows in one read. */
const PAGE = 1_000;

export const noValues: ValueCount = { count: 0 };

/** A column that becomes a field of another type. */
export interface Conversion {
  readonly plan: TablePlan;
  readonly found: TableDefinition;
  readonly column: string;
  readonly field: ColumnPlan;
}

/** The values of a column with the ids of their rows, page by page. */
export async function* valuePages(
  sql: Sql,
  { database: { dialect } }: StudyTables,
  { plan, column }: Pick<Conversion, 'plan' | 'column'>,
): AsyncIterable<readonly Cells[]> {
  const name = dialect.quote(column);
  for (let after = -1; ;) {
    const page = await sql.all(
      `SELECT ID, ${name} FROM ${dialect.quote(plan.name)} WHERE ID > ? AND ${name} IS NOT NULL ORDER BY ID LIMIT ${PAGE}`,
      [after],
    );
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = Number(page.at(-1)?.[0]);
  }
}

/** Returns a function that converts a value of the column. The function throws `VALUE_REFUSED`. */
export const converter = ({ found, column, field }: Conversion) => {
  const type = knownType(found.columns.get(column) ?? '') ?? parseColumnType('LONGTEXT');
  const from = { name: column, type };
  const to = { name: field.name, type: parseColumnType(field.type) };
  return (stored: unknown): { readonly value: StoredValue; readonly rewritten: boolean } =>
    convertedValue(stored, from, to);
};

/**
 * Counts the values whose form changes, and the values that do not fit. A keyfield's values must not change, because
 * they identify experiments.
 */
export const conversionOf = async (
  sql: Sql,
  tables: StudyTables,
  conversion: Conversion,
): Promise<{ readonly rewritten: ValueCount; readonly unfit: ValueCount }> => {
  const convert = converter(conversion);
  const { plan, field } = conversion;
  const strict = plan.kind === 'main' && tables.study.keyfields.some(({ name }) => name === field.name);
  let [rewritten, unfit] = [noValues, noValues];
  const counted = ({ count, example }: ValueCount, cells: Cells, outcome: string): ValueCount => ({
    count: count + 1,
    example: example ?? { id: Number(cells[0]), value: shownValue(cells[1]), outcome },
  });
  for await (const page of valuePages(sql, tables, conversion)) {
    for (const cells of page) {
      try {
        const converted = convert(cells[1]);
        if (!converted.rewritten) continue;
        const outcome = `it would become ${shownValue(converted.value)}`;
        if (strict) unfit = counted(unfit, cells, outcome);
        else rewritten = counted(rewritten, cells, outcome);
      } catch (error) {
        if (!hasCode(error, 'VALUE_REFUSED')) throw error;
        unfit = counted(unfit, cells, (error as Error).message);
      }
    }
  }
  return { rewritten, unfit };
};
