import { ExperimenterError } from '../../../domain/errors.ts';
import { lookingAgain } from '../connection/looking-again.ts';
import { isTorn, ownedTables } from '../structure/owned-tables.ts';
import type { Session } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/**
 * Drops every table that is proved to be the study's own, and answers which. It is the only place that drops tables, and
 * only `delete` and `recreate` reach it. A main table that another program has renamed for a moment is waited for.
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
      // One statement: MySQL does all of it or nothing, MariaDB goes on from table to table.
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
