import { type Row, type StoredValue, toStored } from '../../domain/column-type.ts';
import type { ConfigurationRecord, FillSummary } from '../../domain/experiment-repository.ts';
import { forgetFilled } from './filled-grids.ts';
import { MysqlStaging } from './mysql-staging.ts';
import { highestId, noteFill } from './provenance.ts';
import type { Session, Sql } from './sql.ts';
import { allPresent, breathe, type Combinations, insertAbsent } from './sqlite-absent.ts';
import { withLargeCache } from './sqlite-cache.ts';
import type { StudyTables } from './study-tables.ts';

/** Combinations in one transaction: enough to be fast, few enough that nobody else waits long; see `MysqlStaging`. */
const SLICE = { sqlite: 10_000, mysql: 4_095 };

/** Streams the combinations into the table, slice by slice; other fills of the study take turns with this one. */
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
  // Runners that start together look for what is missing side by side, and while others write.
  let complete = tables.database.dialect.name === 'sqlite';
  for (const slice of slices(tables, combinations)) {
    complete &&= await tables.database.read((sql) => allPresent(sql, tables, slice));
    const count = complete
      ? 0
      : await tables.database.locked(tables.study.table, (session) => addAbsent(session, tables, slice, configuration));
    added += count;
    existing += slice.length - count;
    await breathe();
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

/** Adds those that the table does not hold yet, as `created`; `then` follows in the same transaction if any was added. */
export const addAbsent = async (
  session: Session,
  tables: StudyTables,
  rows: Combinations,
  configuration?: ConfigurationRecord,
  then: (sql: Sql, firstId: number) => Promise<void> = async () => undefined,
): Promise<number> => {
  const staging = tables.database.dialect.name === 'mysql' ? new MysqlStaging(tables) : undefined;
  await staging?.load(session, rows);
  const added = await session.transaction(async (sql) => {
    const before = await highestId(sql, tables);
    const count = staging ? await staging.insertAbsent(sql) : await insertAbsent(sql, tables, rows);
    if (count > 0) await then(sql, await lastId(sql, tables));
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
