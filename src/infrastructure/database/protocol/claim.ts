import { newId } from '../../../application/ports/new-id.ts';
import type { StoredValue } from '../../../domain/values/column.ts';
import type { Claimed, ClaimRequest } from '../../../domain/repository/runner-protocol.ts';
import { clearReports, foundPlaces } from './reports.ts';
import { keepPaused, readPaused } from './resumed.ts';
import type { Cells, Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import { textOf } from '../schema/study-tables.ts';

/** Minimum rows of each further read, after a read in which experiments with too many losses were skipped. */
const PAGE = 256;
/** Milliseconds for which a claim may miss experiments that were re-opened at ids before the cursor. */
const CURSOR_LIFE = 30_000;

/**
 * The id at which the last claim ended. InnoDB keeps outdated entries of an index until no snapshot can see them. A
 * claim from the first id reads them all again: 133 ms instead of 0.5 ms after 80,000 claims under one long snapshot.
 */
export class ClaimCursor {
  #after = 0;
  #forgetAt = 0;

  get after(): number {
    return performance.now() < this.#forgetAt ? this.#after : 0;
  }

  advance(id: number): void {
    if (this.after === 0) this.#forgetAt = performance.now() + CURSOR_LIFE;
    this.#after = id;
  }

  reset(): void {
    this.#after = 0;
  }
}

const leaseColumns = [
  ['id', 'BIGINT'],
  ['attempt_id', 'CHAR(36) CHARACTER SET ascii'],
  ['number', 'INT'],
] as const;

/**
 * One transaction: locks the runner, locks open experiments that no other transaction has locked, sets them to
 * `running` and inserts their leases.
 */
export const claim = async (
  sql: Sql,
  tables: StudyTables,
  request: ClaimRequest,
  cursor: ClaimCursor,
  skipLeased: boolean,
): Promise<readonly Claimed[] | undefined> => {
  const { dialect } = tables.database;
  const [runner] = await sql.all(
    `SELECT name, host, ${dialect.now} FROM ${tables.runners} WHERE id = ? AND state = 'active'${dialect.forShare}`,
    [request.runnerId],
  );
  if (!runner) return undefined;
  const past = new Map<number, Past>();
  const found = await findOpen(sql, tables, request, cursor, skipLeased ? await leased(sql, tables) : [], past);
  if (found.length === 0) return [];
  const ids = found.map((cells) => Number(cells[0]));
  const list = dialect.idList(ids);
  const resumed = request.only?.status === 'paused';
  const paused = resumed ? await readPaused(sql, tables, ids) : undefined;
  await sql.run(
    `UPDATE ${tables.main}${dialect.primaryKeyHint} SET status = 'running', start_date = ${resumed ? 'COALESCE(start_date, ?)' : '?'}, name = ?, machine = ?, end_date = NULL, error = NULL
     WHERE ID ${list.sql}`,
    [tables.date(), textOf(runner[0]), textOf(runner[1]), ...list.parameters],
  );
  // Status is `created` although a `done` attempt counts: it was re-opened by hand, or PyExperimenter created the table
  // again.
  const reopened = ids.filter((id) => past.get(id)?.done);
  if (reopened.length > 0) await supersede(sql, tables, reopened);
  const again = ids.filter((id) => past.has(id));
  if (!resumed && again.length > 0) await clearReports(sql, tables, again, await foundPlaces(sql, tables));
  const claimed = found.map((cells, index) => ({
    experimentId: ids[index] as number,
    attemptId: newId(),
    number: (past.get(ids[index] as number)?.attempts ?? 0) + 1,
    keyfields: tables.keyfields(cells, 1),
    ...(paused?.get(ids[index] as number)?.hasResults && { hasResults: true as const }),
  }));
  await sql.run(
    `INSERT INTO ${tables.leases} (experiment_id, attempt_id, number, runner_id, claimed_at, resumed)
     SELECT id, attempt_id, number, ?, ?, ? FROM ?own v`,
    [request.runnerId, textOf(runner[2]), resumed ? 1 : 0],
    {
      columns: leaseColumns,
      rows: claimed.map(({ experimentId, attemptId, number }) => [experimentId, attemptId, number]),
    },
  );
  if (paused) await keepPaused(sql, tables, paused);
  return claimed;
};

/** Summary of the attempts of an experiment. */
interface Past {
  readonly attempts: number;
  /** Whether an attempt that was not superseded ended as `done`. */
  readonly done: boolean;
  /** Number of `lost` attempts that were not superseded. */
  readonly losses: number;
}

/** Adds the summaries of those experiments that have attempts to `past`. */
const readPast = async (
  sql: Sql,
  tables: StudyTables,
  found: readonly Cells[],
  past: Map<number, Past>,
): Promise<void> => {
  if (found.length === 0) return;
  const list = tables.database.dialect.idList(found.map((cells) => Number(cells[0])));
  for (const [id, number, done, losses] of await sql.all(
    `SELECT experiment_id, MAX(number), MAX(done_id), SUM(CASE WHEN outcome = 'lost' AND superseded = 0 THEN 1 ELSE 0 END)
     FROM ${tables.attempts} WHERE experiment_id ${list.sql} GROUP BY experiment_id`,
    list.parameters,
  ))
    past.set(Number(id), { attempts: Number(number), done: done !== null, losses: Number(losses) });
};

/** Marks the attempts of these experiments as superseded: they do not count any more. */
export const supersede = async (sql: Sql, tables: StudyTables, ids: readonly number[]): Promise<void> => {
  const list = tables.database.dialect.idList(ids);
  await sql.run(
    `UPDATE ${tables.attempts}${tables.database.dialect.primaryKeyHint} SET superseded = 1, done_id = NULL WHERE experiment_id ${list.sql}`,
    list.parameters,
  );
};

/**
 * The experiments that have a lease. One of them can be open, if its status was changed by hand. It must not make every
 * claim fail.
 */
const leased = async (sql: Sql, tables: StudyTables): Promise<readonly number[]> =>
  (await sql.all(`SELECT experiment_id FROM ${tables.leases}`)).map((cells) => Number(cells[0]));

const findOpen = async (
  sql: Sql,
  tables: StudyTables,
  request: ClaimRequest,
  cursor: ClaimCursor,
  except: readonly number[],
  past: Map<number, Past>,
): Promise<Cells[]> => {
  const { dialect } = tables.database;
  const others = except.length > 0 ? dialect.idList(except) : undefined;
  const select = async (from: string, where: string, parameters: readonly StoredValue[], limit: number) =>
    limit === 0
      ? []
      : sql.all(
          `SELECT ID, ${tables.keys} FROM ${from} WHERE ${where}${others ? ` AND ID NOT ${others.sql}` : ''} ORDER BY ID LIMIT ?${dialect.skipLocked}`,
          [...parameters, ...(others?.parameters ?? []), limit],
        );
  const { maxLosses = Number.POSITIVE_INFINITY } = request;
  const bounded = request.maxLosses !== undefined;
  const spared = ([id]: Cells): boolean => (past.get(Number(id))?.losses ?? 0) <= maxLosses;
  if (request.only) {
    const { ids, status } = request.only;
    const list = dialect.idList(ids);
    const found = await select(
      tables.main + dialect.primaryKeyHint,
      `ID ${list.sql} AND status = ?`,
      [...list.parameters, status],
      bounded ? ids.length : request.count,
    );
    await readPast(sql, tables, found, past);
    return found.filter(spared).slice(0, request.count);
  }
  const open = tables.main + dialect.useIndex(tables.openIndex);
  /** At most `limit` open experiments with ids above `after`, up to `last`. Those with too many losses are skipped. */
  const between = async (after: number, last: number | undefined, limit: number): Promise<Cells[]> => {
    const kept: Cells[] = [];
    for (let at = after, wanted = limit; ; wanted = Math.max(limit, PAGE)) {
      const found = await (last === undefined
        ? select(open, "status = 'created' AND ID > ?", [at], wanted)
        : select(open, "status = 'created' AND ID > ? AND ID <= ?", [at, last], wanted));
      await readPast(sql, tables, found, past);
      kept.push(...found.filter(spared));
      if (found.length < wanted || kept.length >= limit) return kept.slice(0, limit);
      at = Number(found.at(-1)?.[0]);
    }
  };
  const random = request.order === 'random';
  // SQLite's index contains open rows only, so it needs no cursor.
  const start = random ? await randomStart(sql, open) : dialect.name === 'sqlite' ? 0 : cursor.after;
  const first = await between(start, undefined, request.count);
  const rest = start > 0 ? await between(0, start, request.count - first.length) : [];
  if (!random) {
    const last = first.at(-1);
    if (rest.length > 0 || !last) cursor.reset();
    else cursor.advance(Number(last[0]));
  }
  return [...rest, ...first];
};

/**
 * A random id between the first and the last open one. Sorting by a random number would read, and lock, all of them.
 */
const randomStart = async (sql: Sql, open: string): Promise<number> => {
  const end = async (direction: string) =>
    Number(
      (await sql.all(`SELECT ID FROM ${open} WHERE status = 'created' ORDER BY ID ${direction} LIMIT 1`))[0]?.[0] ?? 0,
    );
  const [first, last] = [await end('ASC'), await end('DESC')];
  return first - 1 + Math.floor(Math.random() * (last - first + 1));
};
