import { type EntityName, type SqlEntityManager, SqlEntityRepository } from '@mikro-orm/sqlite';
import { sql } from 'kysely';
import type { Attempt, AttemptOutcome } from '../../../domain/experiment/attempt.ts';
import type { ValuePages } from '../../../domain/repository/study-reader.ts';
import { attemptColumns } from '../../../domain/study/table-layout.ts';
import { parseColumnType } from '../../../domain/values/column-type.ts';
import type { Column } from '../../../domain/values/column.ts';
import type { Cells } from '../connection/sql.ts';
import { all, dbOf } from '../connection/statements.ts';
import { readAhead } from '../query/read-ahead.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Rows in one read. No cursor stays open between two reads. */
const PAGE = 1_000;

const names = attemptColumns.map(({ name }) => name);

/** Only the protocol uses the other columns. */
const fields = [
  'experimentId',
  'number',
  'attemptId',
  'runnerId',
  'host',
  'startedAt',
  'endedAt',
  'outcome',
  'detail',
  'superseded',
] as const;

/**
 * The ended attempts of a study. One experiment has few. All experiments together have many, which are read in pages.
 */
export class Attempts extends SqlEntityRepository<Attempt> {
  readonly #tables: StudyTables;

  constructor(em: SqlEntityManager, entity: EntityName<Attempt>, tables: StudyTables) {
    super(em, entity);
    this.#tables = tables;
  }

  async ofExperiment(experimentId: number): Promise<readonly Attempt[]> {
    if (!this.#tables.has('attempts')) return [];
    return this.#tables.database.read(async () => this.find({ experimentId }, { fields, orderBy: { number: 'asc' } }));
  }

  /** Every ended attempt, ordered by experiment and number. */
  async *history(): AsyncIterable<Attempt> {
    for await (const page of this.#pages(names)) yield* page.map(attemptOf);
  }

  /** Some columns of every ended attempt, in pages. */
  async *values(columns: readonly string[], experimentId?: number): ValuePages {
    const row = this.#tables.values(columns.map(columnNamed));
    for await (const page of readAhead(this.#pages(columns, experimentId))) yield page.map(row);
  }

  /** Pages in the order of the primary key. Its columns are read after `columns`, unless `columns` contains them. */
  async *#pages(columns: readonly string[], only?: number): AsyncIterable<readonly Cells[]> {
    const tables = this.#tables;
    if (!tables.has('attempts')) return;
    const read = [...columns, ...['experiment_id', 'number'].filter((name) => !columns.includes(name))];
    const [idAt, numberAt] = [read.indexOf('experiment_id'), read.indexOf('number')];
    const among = only === undefined ? sql.raw('') : sql` AND experiment_id = ${only}`;
    for (let after: readonly [number, number] = [0, 0]; ;) {
      const [id, number] = after;
      const page = await tables.database.read(async () =>
        all(
          dbOf(this.em),
          sql`SELECT ${sql.join(read.map((name) => sql.id(name)))} FROM ${sql.raw(tables.attempts)}
              WHERE experiment_id >= ${id} AND (experiment_id > ${id} OR number > ${number})${among}
              ORDER BY experiment_id, number LIMIT ${sql.lit(PAGE)}`,
        ),
      );
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      after = [Number(last[idAt]), Number(last[numberAt])];
    }
  }
}

const attemptOf = (cells: Cells): Attempt => ({
  experimentId: Number(cells[0]),
  number: Number(cells[1]),
  attemptId: String(cells[2]),
  runnerId: String(cells[3]),
  host: textOf(cells[4]),
  startedAt: String(cells[5]),
  endedAt: String(cells[6]),
  outcome: String(cells[7]) as AttemptOutcome,
  detail: textOf(cells[8]),
  superseded: Number(cells[9]) === 1,
});

/** Times are returned as the stored text, which always has one format. */
const asText = parseColumnType('LONGTEXT');

const columnNamed = (field: string): Column => {
  const column = attemptColumns.find(({ name }) => name === field);
  if (!column) throw new Error(`the history has no column ${field}`);
  return column.type.kind === 'datetime' ? { name: field, type: asText } : column;
};
