import { type StoredValue, toStored } from '../../domain/column-type.ts';
import type { AttemptWrite, WriteOutcome } from '../../domain/experiment-repository.ts';
import { beginAfresh } from './afresh.ts';
import { type EndedLease, insertAttempts } from './attempt-rows.ts';
import { insertEmissions } from './emissions-rows.ts';
import { deleteLeases, type LeaseRow, lockExperiments } from './locks.ts';
import type { Sql } from './sql.ts';
import type { StudyTables } from './study-tables.ts';

/** What an attempt writes, and the lease by which it may. */
interface Held {
  readonly write: AttemptWrite;
  readonly lease: LeaseRow;
}

/** One write for each attempt: whatever it says twice is said in order. */
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

/** One transaction for the whole batch: experiments are locked, then leases; who holds none is told so and writes nothing. */
export const writeBatch = async (
  sql: Sql,
  tables: StudyTables,
  writes: readonly AttemptWrite[],
): Promise<WriteOutcome> => {
  const ids = writes.map(({ experimentId }) => experimentId);
  const { statuses, leases } = await lockExperiments(sql, tables, ids);
  const held: Held[] = [];
  const others: AttemptWrite[] = [];
  const vanished: number[] = [];
  for (const write of writes) {
    const lease = leases.get(write.experimentId);
    if (lease?.attemptId !== write.attemptId) others.push(write);
    else if (statuses.has(write.experimentId)) held.push({ write, lease });
    else vanished.push(write.experimentId); // deleted by PyExperimenter's reset: there is no row to write to
  }
  await deleteLeases(sql, tables, [
    ...vanished,
    ...held.filter(({ write: { end } }) => end && !end.retryAs).map(({ lease }) => lease.experimentId),
  ]);
  await renewLeases(sql, tables, held);
  await updateExperiments(sql, tables, held);
  await insertAttempts(sql, tables, held.flatMap(ended));
  if (tables.study.emissions)
    await insertEmissions(
      sql,
      tables,
      held.map(({ write }) => write),
    );
  await insertLogs(
    sql,
    tables,
    held.filter(({ write, lease }) => write.end || lease.lastLog === null || lease.lastLog !== write.logsId),
  );
  await beginAfresh(
    sql,
    tables,
    held.filter(({ write: { end }, lease }) => end?.retryAs && !lease.resumed).map(({ lease }) => lease.experimentId),
  );
  const written = await alreadyWritten(sql, tables, others);
  const accepted = new Set(held.map(({ write }) => write));
  return {
    lost: writes
      .filter((write) => !accepted.has(write) && !written.has(endKey(write)))
      .map(({ attemptId }) => attemptId),
    refused: [],
  };
};

const ended = ({ write: { end }, lease }: Held): EndedLease[] =>
  end ? [{ lease, startedAt: end.startedAt, endedAt: end.endedAt, outcome: end.outcome, detail: end.error }] : [];

/** Leases that go on: with what the experiment says about itself, or to the attempt that tries it again. */
const renewLeases = async (sql: Sql, tables: StudyTables, held: readonly Held[]): Promise<void> => {
  for (const { write, lease } of held) {
    if (write.end?.retryAs) {
      await sql.run(
        `UPDATE ${tables.leases} SET attempt_id = ?, number = ?, claimed_at = ${tables.database.dialect.now}, progress = NULL, last_log = NULL WHERE experiment_id = ?`,
        [write.end.retryAs, lease.number + 1, lease.experimentId],
      );
    } else if (!write.end && (write.progress !== undefined || write.logs)) {
      await sql.run(
        `UPDATE ${tables.leases} SET progress = COALESCE(?, progress), last_log = COALESCE(?, last_log) WHERE experiment_id = ?`,
        [write.progress ?? null, write.logs ? (write.logsId ?? null) : null, lease.experimentId],
      );
    }
  }
};

/** One statement for all attempts that set the same columns. */
const updateExperiments = async (sql: Sql, tables: StudyTables, held: readonly Held[]): Promise<void> => {
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
  for (const { write, lease } of held) {
    const ends = write.end !== undefined && write.end.retryAs === undefined;
    const values: StoredValue[] = [];
    /** Which columns they are for. */
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
    values.push(lease.experimentId);
    groups.add(tables.main, shape, values, () => [
      ...tables.resultfields.filter(({ name }) => write.results?.[name] !== undefined).flatMap(({ quoted }) => quoted),
      ...(ends ? ['status', 'end_date', 'error'] : []),
    ]);
  }
  for (const { table, columns, rows } of groups.all()) await sql.update(table, columns, 'ID', rows);
};

const insertLogs = async (sql: Sql, tables: StudyTables, held: readonly Held[]): Promise<void> => {
  const { quote } = tables.database.dialect;
  const groups = new Groups();
  for (const { write } of held) {
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

/** Of attempts that hold no lease, the ends that are in the history: an earlier commit landed, only its answer was lost. */
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

/** Rows by table and set of columns. */
class Groups {
  readonly #groups = new Map<string, Group>();

  /** `shape` tells sets of columns apart; `columns` is asked for each set once. */
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

/** Writes hold what the columns store already (see `Reported`); other callers may hand in plain values. */
const storedOf = (value: unknown, column: Parameters<typeof toStored>[1]): StoredValue =>
  typeof value === 'object' || typeof value === 'boolean' ? toStored(value, column) : (value as StoredValue);
