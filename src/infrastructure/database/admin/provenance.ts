import type { Runner, RunnerFacts } from '../../../domain/experiment/runner.ts';
import type { Provenance } from '../../../domain/repository/study-reader.ts';
import type { ConfigurationRecord } from '../../../domain/repository/study-store.ts';
import type { Sql } from '../connection/sql.ts';
import { type StudyTables, textOf } from '../schema/study-tables.ts';

/** The highest id of the table. 0: the table is empty. */
export const highestId = async (sql: Sql, tables: StudyTables): Promise<number> =>
  Number((await sql.all(`SELECT MAX(ID) FROM ${tables.main}`))[0]?.[0] ?? 0);

/**
 * Records that the experiments with ids above `before` were filled from this configuration. It runs in the transaction
 * that adds them, under the lock of the study. So no other ts-experimenter process adds experiments in between.
 */
export const noteFill = async (
  sql: Sql,
  tables: StudyTables,
  before: number,
  { sha256, text }: ConfigurationRecord,
): Promise<void> => {
  const { fills, main } = tables;
  // Two subqueries with one index look-up each. One SELECT with both would read all added rows.
  const [[first, last] = []] = await sql.all(
    `SELECT (SELECT MIN(ID) FROM ${main} WHERE ID > ?), (SELECT MAX(ID) FROM ${main})`,
    [before],
  );
  const [latest] = await sql.all(`SELECT first_id, last_id, sha256 FROM ${fills} ORDER BY first_id DESC LIMIT 1`);
  if (latest && Number(latest[1]) === before && latest[2] === sha256) {
    await sql.run(`UPDATE ${fills} SET last_id = ? WHERE first_id = ?`, [Number(last), Number(latest[0])]);
    return;
  }
  // Experiments were deleted, and their ids were assigned again.
  if (Number(latest?.[0]) >= Number(first)) await sql.run(`DELETE FROM ${fills} WHERE first_id >= ?`, [Number(first)]);
  const known = await sql.all(`SELECT 1 FROM ${fills} WHERE sha256 = ? AND configuration IS NOT NULL`, [sha256]);
  await sql.run(
    `INSERT INTO ${fills} (first_id, last_id, filled_at, sha256, configuration) VALUES (?, ?, ${tables.database.dialect.now}, ?, ?)`,
    [Number(first), Number(last), sha256, known.length > 0 ? null : text],
  );
};

export const provenance = async (sql: Sql, tables: StudyTables, id: number): Promise<Provenance> => ({
  configuration: tables.has('fills') ? await configurationOf(sql, tables, id) : undefined,
  runners: (['runners', 'attempts', 'leases'] as const).every((table) => tables.has(table))
    ? await runnersOf(sql, tables, id)
    : [],
});

const configurationOf = async (
  sql: Sql,
  { fills }: StudyTables,
  id: number,
): Promise<ConfigurationRecord | undefined> => {
  const [fill] = await sql.all(
    `SELECT last_id, sha256 FROM ${fills} WHERE first_id <= ? ORDER BY first_id DESC LIMIT 1`,
    [id],
  );
  if (!fill || Number(fill[0]) < id) return undefined;
  const [text] = await sql.all(`SELECT configuration FROM ${fills} WHERE sha256 = ? AND configuration IS NOT NULL`, [
    String(fill[1]),
  ]);
  return text && { sha256: String(fill[1]), text: String(text[0]) };
};

const runnersOf = async (sql: Sql, tables: StudyTables, id: number): Promise<readonly Runner[]> => {
  const rows = await sql.all(
    `SELECT id, name, host, pid, workers, version, facts FROM ${tables.runners}
     WHERE id IN (SELECT runner_id FROM ${tables.attempts} WHERE experiment_id = ?)
        OR id IN (SELECT runner_id FROM ${tables.leases} WHERE experiment_id = ?) ORDER BY id`,
    [id, id],
  );
  return rows.map((cells) => {
    const facts = textOf(cells[6]);
    return {
      id: String(cells[0]),
      name: String(cells[1]),
      host: String(cells[2]),
      pid: Number(cells[3]),
      workers: Number(cells[4]),
      version: String(cells[5]),
      ...(facts !== null && { facts: JSON.parse(facts) as RunnerFacts }),
    };
  });
};
