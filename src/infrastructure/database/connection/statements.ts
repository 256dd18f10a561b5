import { CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Cells } from './sql.ts';

/**
 * A query whose rows are arrays by position. Names that users choose do not become property names, and equal names do
 * not collide.
 */
interface CellsQuery extends CompiledQuery<Cells> {
  readonly cells: true;
}

export const givesCells = (query: CompiledQuery): query is CellsQuery => 'cells' in query;

/** A connection, or a transaction on it. The types know no tables of a study, because users choose the columns. */
export type Db = Kysely<unknown>;

/** Bound to the transaction of the entity manager, if it is in one. */
export const dbOf = (em: { getKysely(): unknown }): Db => em.getKysely() as Db;

/** Returns the rows of a statement. */
export const all = async (db: Db, statement: RawBuilder<unknown>): Promise<readonly Cells[]> => {
  const query: CellsQuery = { ...(statement as RawBuilder<Cells>).compile(db), cells: true };
  return (await db.executeQuery<Cells>(query)).rows;
};

/** Returns the number of rows that a statement has changed, or found. */
export const run = async (db: Db, statement: RawBuilder<unknown>): Promise<number> =>
  Number((await db.executeQuery(statement.compile(db))).numAffectedRows ?? 0);

/** Properties that Kysely needs for plugins. There are no plugins. */
const NO_PLUGINS = CompiledQuery.raw('');

/** A text whose parameters are bound by position. `CompiledQuery.raw` would freeze every list of parameters. */
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
