import type { Row } from '../../../domain/values/column.ts';
import { toStored } from '../../../domain/values/stored-value.ts';
import { emissionsColumns } from '../../../domain/study/table-layout.ts';
import type { AttemptWrite } from '../../../domain/repository/runner-protocol.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

const names = emissionsColumns.map(({ name }) => name);

/** Inserts the emissions of ended attempts, in the transaction that records their ends. */
export const insertEmissions = async (
  sql: Sql,
  tables: StudyTables,
  writes: readonly AttemptWrite[],
): Promise<void> => {
  const rows = writes.flatMap(({ experimentId, end }) => {
    if (!end?.emissions) return [];
    const ended = tables.date(new Date(`${end.endedAt.replace(' ', 'T')}Z`));
    const values: Row = { codecarbon_timestamp: ended, ...end.emissions };
    const [, ...cells] = emissionsColumns.map((column) => toStored(values[column.name] ?? null, column));
    // The format of CodeCarbon, which SQLite stores unchanged.
    const timestamp = tables.database.dialect.name === 'sqlite' ? ended.replace(' ', 'T') : ended;
    return [[experimentId, timestamp, ...cells]];
  });
  if (rows.length > 0) await sql.insert(tables.emissions, ['experiment_id', ...names], rows);
};
