import { ExperimenterError } from '../../../domain/errors.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import { isTorn, ownedTables } from '../structure/owned-tables.ts';
import type { Session } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/**
 * Drops every table that is proved to belong to the study, and returns their names. No other function drops tables, and
 * only `delete` and `recreate` call it. If another program has renamed the main table for a moment, this function waits.
 */
export const dropStudy = async (
  session: Session,
  tables: StudyTables,
  confirmed?: readonly string[],
): Promise<readonly string[]> => {
  const { dialect } = tables.database;
  return lookingAgain(tables.database, async (last) =>
    session.transaction(async (sql) => {
      const found = await ownedTables(sql, tables);
      if (!last && isTorn(found, tables)) return undefined;
      requireConfirmed(found.own, confirmed);
      const names = found.own.toReversed().map(dialect.quote);
      if (dialect.name === 'sqlite') for (const name of names) await sql.run(`DROP TABLE ${name}`);
      // One statement: MySQL drops all tables or none, MariaDB drops them one by one.
      else if (names.length > 0) await sql.run(`DROP TABLE ${names.join(', ')}`);
      return found.own;
    }),
  );
};

const requireConfirmed = (own: readonly string[], confirmed: readonly string[] = own): void => {
  if ([...own].sort().join('\0') === [...confirmed].sort().join('\0')) return;
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `the study's tables have changed meanwhile: ${own.join(', ')}; confirmed were ${confirmed.join(', ')}. Nothing was dropped: look, and delete again`,
  );
};
