import { type EntityName, type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import { sql } from 'kysely';
import type { LogRow } from '../../../domain/experiment/log-row.ts';
import type { ValuePages } from '../../../domain/repository/study-reader.ts';
import { logtableNamed } from '../../../domain/study/study-definition.ts';
import { logtableColumns, requireLogColumns } from '../../../domain/study/table-layout.ts';
import type { Row } from '../../../domain/values/column.ts';
import type { Cells } from '../connection/sql.ts';
import { all, dbOf } from '../connection/statements.ts';
import { readAhead } from '../query/read-ahead.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** Rows in one read. No cursor stays open between two reads. */
const PAGE = 1_000;

/** The rows of one logtable. There are many, so they are read in pages, oldest first. */
export class LogRows extends SqlEntityRepository<LogRow> {
  readonly #tables: StudyTables;
  readonly #logtable: string;

  constructor(em: SqlEntityManager, entity: EntityName<LogRow>, tables: StudyTables, logtable: string) {
    super(em, entity);
    this.#tables = tables;
    this.#logtable = logtable;
  }

  /** Rows with all columns that the study declares. */
  async *rows(experimentId?: number): AsyncIterable<Row> {
    const names = logtableColumns(logtableNamed(this.#tables.study, this.#logtable)).map((column) => column.name);
    for await (const page of this.values(names, experimentId))
      for (const values of page) yield Object.fromEntries(names.map((column, at) => [column, values[at] ?? null]));
  }

  /** Rows with some columns, in pages. */
  async *values(fields: readonly string[], experimentId?: number): ValuePages {
    const tables = this.#tables;
    const row = tables.values(requireLogColumns(tables.study, this.#logtable, fields));
    const names = fields.includes('ID') ? fields : [...fields, 'ID'];
    for await (const page of readAhead(this.#pages(names, experimentId))) yield page.map(row);
  }

  /** Pages in the order of the ids. `columns` contains `ID`. */
  async *#pages(columns: readonly string[], only?: number): AsyncIterable<readonly Cells[]> {
    const tables = this.#tables;
    if (!tables.hasLogtable(this.#logtable)) return;
    const idAt = columns.indexOf('ID');
    const among = only === undefined ? sql.raw('') : sql` AND experiment_id = ${only}`;
    for (let after = 0; ;) {
      const page = await tables.database.read(async () =>
        all(
          dbOf(this.em),
          sql`SELECT ${sql.join(columns.map((name) => sql.id(name)))} FROM ${sql.raw(tables.logtable(this.#logtable))}
              WHERE ID > ${after}${among} ORDER BY ID LIMIT ${sql.lit(PAGE)}`,
        ),
      );
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = Number(page.at(-1)?.[idAt]);
    }
  }
}
