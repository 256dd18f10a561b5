import type { StudyTables } from './study-tables.ts';

/**
 * PyExperimenter looks for an open experiment on SQLite, and marks it `running` in a transaction of its own, whatever has
 * happened to it in between. This trigger refuses that where the experiment is leased, or was finished by one of ours.
 *
 * Our own statements pass: a claim comes before its lease, and nothing else makes an experiment `running`. It looks at
 * nothing unless a statement names the column `status`, and at no table unless that becomes `running`. Triggers are
 * invisible to PyExperimenter's comparison of columns, and go with the table when either side drops it.
 *
 * FAIL, not ABORT: for ABORT every UPDATE keeps a journal of its own, which costs three times as much. Both leave a single
 * row as it was, and whatever of ours fails is rolled back as a whole.
 */
export const guardStatement = ({ guard, main, leases, attempts }: StudyTables): string =>
  `CREATE TRIGGER IF NOT EXISTS ${guard} BEFORE UPDATE OF status ON ${main}
   WHEN NEW.status = 'running' AND (EXISTS (SELECT 1 FROM ${leases} WHERE experiment_id = OLD.ID)
     OR OLD.status IN ('done', 'error') AND EXISTS (SELECT 1 FROM ${attempts} WHERE experiment_id = OLD.ID))
   BEGIN SELECT RAISE(FAIL, 'another runner has taken this experiment (ts-experimenter)'); END`;
