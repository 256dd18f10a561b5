import type { StoredValue } from '../../../domain/values/column.ts';
import { toStored } from '../../../domain/values/stored-value.ts';
import type { AttemptWrite, RecordOutcome } from '../../../domain/repository/runner-protocol.ts';
import { type EndedAttempt, insertAttempts } from './attempt-history.ts';
import { insertEmissions } from './emissions.ts';
import { deleteLeases, type Holder, lockHolders } from './locks.ts';
import { clearReports, configuredPlaces } from './reports.ts';
import { restorePaused } from './resumed.ts';
import type { Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** Merges the writes of each attempt into one. A later value replaces an earlier one; log rows stay in order. */
export const merged = (writes: readonly AttemptWrite[]): readonly AttemptWrite[] => {
  const byAttempt = new Map<string, AttemptWrite>();
  for (const write of writes) {
    const earlier = byAttempt.get(write.attemptId);
    const logsId = earlier?.logsId ?? write.logsId;
    const both = earlier && {
      ...earlier,
      ...write,
      ...(logsId !== undefined && { logsId }),
      ...((earlier.results ?? write.results) && { results: { ...earlier.results, ...write.results } }),
      ...((earlier.logs ?? write.logs) && { logs: [...(earlier.logs ?? []), ...(write.logs ?? [])] }),
    };
    byAttempt.set(write.attemptId, both ?? write);
  }
  return [...byAttempt.values()];
};

/**
 * One transaction for the whole batch: it locks experiments, then leases. An attempt without its lease writes nothing.
 * It is returned as lost, unless its end is in the history already.
 */
export const writeBatch = async (
  sql: Sql,
  tables: StudyTables,
  writes: readonly AttemptWrite[],
): Promise<RecordOutcome> => {
  const ids = writes.map(({ experimentId }) => experimentId);
  const holders = await lockHolders(sql, tables, ids);
  const holds = ({ experimentId, attemptId }: AttemptWrite) => holders.get(experimentId)?.attemptId === attemptId;
  const held = writes.filter(holds);
  const going = await goingLeases(sql, tables, held);
  await insertAttempts(
    sql,
    tables,
    held.flatMap((write) => ended(write, holders)),
  );
  await deleteLeases(
    sql,
    tables,
    held.filter(({ end }) => end && !end.retryAs).map(({ experimentId }) => experimentId),
  );
  await renewLeases(sql, tables, held);
  await updateExperiments(sql, tables, held);
  if (tables.study.emissions) await insertEmissions(sql, tables, held);
  const repeated = ({ experimentId, end, logsId }: AttemptWrite) =>
    !end && logsId !== undefined && going.get(experimentId)?.lastLog === logsId;
  await insertLogs(
    sql,
    tables,
    held.filter((write) => !repeated(write)),
  );
  const retried = Object.groupBy(
    held.filter(({ end }) => end?.retryAs).map(({ experimentId }) => experimentId),
    (id) => (going.get(id)?.resumed ? 'resumed' : 'others'),
  );
  // The configured places are enough: since the claim, only this runner has written to these experiments.
  await clearReports(sql, tables, retried.others ?? [], configuredPlaces(tables));
  await restorePaused(sql, tables, retried.resumed ?? [], 'running');
  if (held.length === writes.length) return { lost: [], refused: [] };
  const others = writes.filter((write) => !holds(write));
  await dropVanished(sql, tables, others);
  const written = await alreadyWritten(sql, tables, others);
  return {
    lost: others.filter((write) => !written.has(endKey(write))).map(({ attemptId }) => attemptId),
    refused: [],
  };
};

const ended = ({ experimentId, end }: AttemptWrite, holders: ReadonlyMap<number, Holder>): EndedAttempt[] => {
  const runnerId = holders.get(experimentId)?.runnerId;
  if (!end || runnerId === undefined) return [];
  const { startedAt, endedAt, outcome, error: detail } = end;
  return [{ experimentId, runnerId, startedAt, endedAt, outcome, detail }];
};

/** Fields of a lease that continues after the write. */
interface GoingLease {
  readonly resumed: boolean;
  /** The id of the last write of log rows. A repeated write has the same id. */
  readonly lastLog: string | null;
}

const goingLeases = async (
  sql: Sql,
  tables: StudyTables,
  held: readonly AttemptWrite[],
): Promise<ReadonlyMap<number, GoingLease>> => {
  const going = held.filter(({ end, logs }) => (end ? end.retryAs : logs));
  if (going.length === 0) return new Map();
  const { idList, primaryKeyHint: byKey } = tables.database.dialect;
  const list = idList(going.map(({ experimentId }) => experimentId));
  const rows = await sql.all(
    `SELECT experiment_id, resumed, last_log FROM ${tables.leases}${byKey} WHERE experiment_id ${list.sql}`,
    list.parameters,
  );
  return new Map(
    rows.map(([id, resumed, lastLog]) => [Number(id), { resumed: Number(resumed) === 1, lastLog: textOf(lastLog) }]),
  );
};

/** Deletes leases of experiments that a reset by PyExperimenter has deleted: there is no row to write to. */
const dropVanished = async (sql: Sql, tables: StudyTables, writes: readonly AttemptWrite[]): Promise<void> => {
  const { idList, primaryKeyHint: byKey, forUpdate } = tables.database.dialect;
  const list = idList(writes.map(({ experimentId }) => experimentId));
  const ours = new Set(writes.map(({ attemptId }) => attemptId));
  const leases = await sql.all(
    `SELECT experiment_id, attempt_id FROM ${tables.leases}${byKey} WHERE experiment_id ${list.sql}${forUpdate}`,
    list.parameters,
  );
  const held = leases.filter(([, attemptId]) => ours.has(String(attemptId))).map(([id]) => Number(id));
  if (held.length === 0) return;
  const those = idList(held);
  const experiments = await sql.all(`SELECT ID FROM ${tables.main} WHERE ID ${those.sql}`, those.parameters);
  const present = new Set(experiments.map(([id]) => Number(id)));
  await deleteLeases(
    sql,
    tables,
    held.filter((id) => !present.has(id)),
  );
};

/** Updates leases that continue: with progress and log id, or with the attempt that retries the experiment. */
const renewLeases = async (sql: Sql, tables: StudyTables, held: readonly AttemptWrite[]): Promise<void> => {
  for (const { experimentId, end, progress, logs, logsId } of held) {
    if (end?.retryAs) {
      await sql.run(
        `UPDATE ${tables.leases} SET attempt_id = ?, number = number + 1, claimed_at = ${tables.database.dialect.now}, progress = NULL, last_log = NULL WHERE experiment_id = ?`,
        [end.retryAs, experimentId],
      );
    } else if (!end && (progress !== undefined || logs)) {
      await sql.run(
        `UPDATE ${tables.leases} SET progress = COALESCE(?, progress), last_log = COALESCE(?, last_log) WHERE experiment_id = ?`,
        [progress ?? null, logs ? (logsId ?? null) : null, experimentId],
      );
    }
  }
};

/** Uses one statement for all attempts that set the same columns. */
const updateExperiments = async (sql: Sql, tables: StudyTables, held: readonly AttemptWrite[]): Promise<void> => {
  const groups = new Groups();
  const now = tables.date();
  const seconds = new Map<string, string>();
  const endDate = (endedAt: string): string => {
    const second = endedAt.slice(0, 19);
    const known = seconds.get(second);
    if (known !== undefined) return known;
    const date = tables.date(new Date(`${second.replace(' ', 'T')}Z`));
    seconds.set(second, date);
    return date;
  };
  for (const write of held) {
    const ends = write.end !== undefined && write.end.retryAs === undefined;
    const values: StoredValue[] = [];
    /** Identifies the columns of `values`. */
    let shape = ends ? 'end' : '';
    if (write.results) {
      for (const { name, column } of tables.resultfields) {
        const value = write.results[name];
        if (value === undefined) continue;
        shape += `,${name}`;
        values.push(storedOf(value, column));
        if (tables.study.resultTimestamps) values.push(now);
      }
    }
    if (ends) values.push(write.end.status, endDate(write.end.endedAt), write.end.error);
    if (values.length === 0) continue;
    values.push(write.experimentId);
    groups.add(tables.main, shape, values, () => [
      ...tables.resultfields.filter(({ name }) => write.results?.[name] !== undefined).flatMap(({ quoted }) => quoted),
      ...(ends ? ['status', 'end_date', 'error'] : []),
    ]);
  }
  for (const { table, columns, rows } of groups.all()) await sql.update(table, columns, 'ID', rows);
};

const insertLogs = async (sql: Sql, tables: StudyTables, held: readonly AttemptWrite[]): Promise<void> => {
  const { quote } = tables.database.dialect;
  const groups = new Groups();
  for (const write of held) {
    for (const { logtable, row, date } of write.logs ?? []) {
      const definition = tables.study.logtables.find(({ name }) => name === logtable);
      const columns = definition?.columns.filter(({ name }) => row[name] !== undefined) ?? [];
      groups.add(
        tables.logtable(logtable),
        columns.map(({ name }) => name).join(),
        [write.experimentId, tables.date(date), ...columns.map((column) => storedOf(row[column.name], column))],
        () => ['experiment_id', 'timestamp', ...columns.map(({ name }) => quote(name))],
      );
    }
  }
  for (const { table, columns, rows } of groups.all()) await sql.insert(table, columns, rows);
};

/** Ends in the history, of attempts that hold no lease: an earlier commit succeeded, and only its answer was lost. */
const alreadyWritten = async (
  sql: Sql,
  tables: StudyTables,
  writes: readonly AttemptWrite[],
): Promise<ReadonlySet<string>> => {
  const ends = writes.filter(({ end }) => end);
  if (ends.length === 0) return new Set();
  const list = tables.database.dialect.idList(ends.map(({ experimentId }) => experimentId));
  const rows = await sql.all(
    `SELECT attempt_id, outcome FROM ${tables.attempts} WHERE experiment_id ${list.sql}`,
    list.parameters,
  );
  return new Set(rows.map((cells) => `${cells[0]} ${cells[1]}`));
};

const endKey = ({ attemptId, end }: AttemptWrite): string => `${attemptId} ${end?.outcome}`;

interface Group {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: (readonly StoredValue[])[];
}

/** Rows, grouped by table and set of columns. */
class Groups {
  readonly #groups = new Map<string, Group>();

  /** `shape` identifies the set of columns. `columns` is called once for each set. */
  add(table: string, shape: string, row: readonly StoredValue[], columns: () => readonly string[]): void {
    const key = table + shape;
    const group = this.#groups.get(key);
    if (group) group.rows.push(row);
    else this.#groups.set(key, { table, columns: columns(), rows: [row] });
  }

  all(): Iterable<Group> {
    return this.#groups.values();
  }
}

/** A runner's writes have the form that the columns store (see `Reported`). Other callers may pass plain values. */
const storedOf = (value: unknown, column: Parameters<typeof toStored>[1]): StoredValue =>
  typeof value === 'object' || typeof value === 'boolean' ? toStored(value, column) : (value as StoredValue);
