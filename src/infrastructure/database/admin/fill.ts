import type { Row, StoredValue } from '../../../domain/values/column.ts';
import { toStored } from '../../../domain/values/stored-value.ts';
import type { ConfigurationRecord, FillSummary } from '../../../domain/repository/study-store.ts';
import { forgetFilled } from './filled-grids.ts';
import { MysqlStaging } from './fill-mysql.ts';
import { highestId, noteFill } from './provenance.ts';
import type { Session, Sql } from '../connection/sql.ts';
import { allPresent, yieldToEventLoop, type Combinations, insertAbsent } from './fill-sqlite.ts';
import { withLargeCache } from '../sqlite/sqlite-cache.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/**
 * Combinations in one transaction. On SQLite the number is small, so that other writers do not wait long. On MySQL new
 * rows block no other transaction, but each transaction may wait for a change of the table's definition. So fewer
 * transactions wait less often.
 */
const SLICE = { sqlite: 10_000, mysql: 16_383 };

/** Adds the combinations to the table slice by slice. Between slices other fills of the study can take the lock. */
export const fill = async (
  tables: StudyTables,
  combinations: Iterable<Row>,
  configuration?: ConfigurationRecord,
): Promise<FillSummary> => {
  const all = () => fillSlices(tables, combinations, configuration);
  return tables.database.dialect.name === 'sqlite' ? withLargeCache(tables.database, all) : all();
};

const fillSlices = async (
  tables: StudyTables,
  combinations: Iterable<Row>,
  configuration?: ConfigurationRecord,
): Promise<FillSummary> => {
  let [added, existing] = [0, 0];
  const staging = stagingOf(tables);
  // Runners that start together search for missing combinations in parallel, also while other processes write.
  let complete = tables.database.dialect.name === 'sqlite';
  for (const slice of slices(tables, combinations)) {
    complete &&= await tables.database.read((sql) => allPresent(sql, tables, slice));
    const count = complete
      ? 0
      : await tables.database.locked(tables.study.table, (session) =>
          addAbsent(session, tables, slice, { configuration, staging }),
        );
    added += count;
    existing += slice.length - count;
    await yieldToEventLoop();
  }
  return { added, existing };
};

function* slices(tables: StudyTables, combinations: Iterable<Row>): Iterable<StoredValue[][]> {
  const { keyfields } = tables.study;
  let slice: StoredValue[][] = [];
  for (const row of combinations) {
    slice.push(keyfields.map((column) => toStored(row[column.name], column)));
    if (slice.length === SLICE[tables.database.dialect.name]) {
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}

const stagingOf = (tables: StudyTables): MysqlStaging | undefined =>
  tables.database.dialect.name === 'mysql' ? new MysqlStaging(tables) : undefined;

interface Adding {
  readonly configuration?: ConfigurationRecord | undefined;
  /** MySQL: the temporary table of the combinations, shared by several calls. */
  readonly staging?: MysqlStaging | undefined;
  /** Runs in the same transaction if any combination was added. */
  readonly whenAdded?: (sql: Sql, firstId: number) => Promise<void>;
}

/** Adds the combinations that the table does not hold, with the status `created`. */
export const addAbsent = async (
  session: Session,
  tables: StudyTables,
  rows: Combinations,
  { configuration, staging = stagingOf(tables), whenAdded = async () => undefined }: Adding = {},
): Promise<number> => {
  await staging?.load(session, rows);
  const added = await session.transaction(async (sql) => {
    const before = await highestId(sql, tables);
    const count = staging ? await staging.insertAbsent(sql) : await insertAbsent(sql, tables, rows);
    if (count > 0) await whenAdded(sql, await lastId(sql, tables));
    if (count > 0) await forgetFilled(sql, tables);
    if (count > 0 && configuration) await noteFill(sql, tables, before, configuration);
    return count;
  });
  await staging?.drop(session);
  return added;
};

const lastId = async (sql: Sql, tables: StudyTables): Promise<number> => {
  const [row] = await sql.all(
    tables.database.dialect.name === 'sqlite' ? 'SELECT last_insert_rowid()' : 'SELECT LAST_INSERT_ID()',
  );
  return Number(row?.[0]);
};
