import { CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Cells } from './sql.ts';

/** A query whose rows are arrays by position: names that users choose become no property names, and no two of them meet. */
interface CellsQuery extends CompiledQuery<Cells> {
  readonly cells: true;
}

export const givesCells = (query: CompiledQuery): query is CellsQuery => 'cells' in query;

/** A connection, or a transaction on it. A study's tables are not known to the types: their columns are the user's. */
export type Db = Kysely<unknown>;

/** Bound to the transaction of the entity manager, if it is in one. */
export const dbOf = (em: { getKysely(): unknown }): Db => em.getKysely() as Db;

/** The rows of a statement. */
export const all = async (db: Db, statement: RawBuilder<unknown>): Promise<readonly Cells[]> => {
  const query: CellsQuery = { ...(statement as RawBuilder<Cells>).compile(db), cells: true };
  return (await db.executeQuery<Cells>(query)).rows;
};

/** The number of rows that a statement has changed, or found. */
export const run = async (db: Db, statement: RawBuilder<unknown>): Promise<number> =>
  Number((await db.executeQuery(statement.compile(db))).numAffectedRows ?? 0);

/** What Kysely's plugins ask for; there are none. */
const NO_PLUGINS = CompiledQuery.raw('');

/** A text whose values are bound by their positions. Not by `CompiledQuery.raw`, which freezes every list of values. */
export const bound = (sql: string, parameters: readonly StoredValue[]): CompiledQuery => ({
  ...NO_PLUGINS,
  sql,
  parameters,
});

export const boundCells = (sql: string, parameters: readonly StoredValue[]): CellsQuery => ({
  ...NO_PLUGINS,
  sql,
  parameters,
  cells: true,
});
