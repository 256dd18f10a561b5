import type { StudyTables } from './study-tables.ts';

/**
 * On SQLite PyExperimenter selects an open experiment, and marks it `running` in a separate transaction. It does not
 * check whether the experiment changed in between. This trigger refuses the update if the experiment has a lease, or if
 * an attempt of ts-experimenter has finished it.
 *
 * Statements of ts-experimenter pass. A claim updates the status before it inserts the lease, and no other statement
 * makes an experiment `running`. The trigger checks nothing unless a statement names the column `status`. It reads no
 * table unless the new status is `running`. PyExperimenter does not see triggers when it compares columns. The trigger
 * is dropped together with the table, by either program.
 *
 * The trigger uses FAIL, not ABORT. With ABORT every UPDATE keeps a separate journal, which costs three times as much.
 * Both leave a single row unchanged. A failed statement of ts-experimenter rolls back its whole transaction.
 */
export const guardStatement = ({ guard, main, leases, attempts }: StudyTables): string =>
  `CREATE TRIGGER IF NOT EXISTS ${guard} BEFORE UPDATE OF status ON ${main}
   WHEN NEW.status = 'running' AND (EXISTS (SELECT 1 FROM ${leases} WHERE experiment_id = OLD.ID)
     OR OLD.status IN ('done', 'error') AND EXISTS (SELECT 1 FROM ${attempts} WHERE experiment_id = OLD.ID))
   BEGIN SELECT RAISE(FAIL, 'another runner has taken this experiment (ts-experimenter)'); END`;
