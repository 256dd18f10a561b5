import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { Row } from '../../domain/values/column.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import type { AttemptWrite } from '../../domain/repository/runner-protocol.ts';
import { checkedFields, type StudyDefinition } from '../../domain/study/study-definition.ts';
import { newId } from '../ports/new-id.ts';

/** What another process may add to a running experiment. Both throw `ATTEMPT_LOST` once it runs no longer. */
export interface Attached {
  readonly experimentId: number;
  report(results: Row): Promise<void>;
  /** One row, or several at once. */
  log(logtable: string, rows: Row | readonly Row[]): Promise<void>;
}

/** Writes under the lease that the experiment has now. When it ends, or passes to another attempt, nothing more is accepted. */
export const attachTo = async (
  repository: ExperimentRepository,
  study: StudyDefinition,
  id: number,
): Promise<Attached> => {
  const lease = await repository.lease(id);
  if (!lease)
    throw new ExperimenterError(
      'STATE_CONFLICT',
      `experiment ${id} is not running under a lease: there is nothing to attach to`,
    );
  const ref: AttemptRef = { experimentId: id, attemptId: lease.attemptId };
  const write = async (what: Omit<AttemptWrite, keyof AttemptRef>) => {
    const { lost, refused } = await repository.record([{ ...ref, ...what }]);
    if (lost.length > 0)
      throw new ExperimenterError('ATTEMPT_LOST', `experiment ${id}: attempt ${lease.number} runs no longer`);
    if (refused[0]) throw new ExperimenterError('VALUE_REFUSED', `experiment ${id}: ${refused[0].reason}`);
  };
  return {
    experimentId: id,
    report: async (results) => write({ results: checkedFields(results, study.resultfields, 'resultfield') }),
    log: async (logtable, rows) => {
      const table = study.logtables.find(({ name }) => name === logtable);
      if (!table) {
        const names = study.logtables.map(({ name }) => name).join(', ') || 'none';
        throw new ExperimenterError('FIELD_UNKNOWN', `${logtable} is not a logtable of the study; there are: ${names}`);
      }
      const date = new Date();
      const list = isList(rows) ? rows : [rows];
      const what = `column of logtable ${logtable}`;
      const logs = list.map((row) => ({ logtable, row: checkedFields(row, table.columns, what), date }));
      await write({ logs, logsId: newId() });
    },
  };
};

const isList = (rows: Row | readonly Row[]): rows is readonly Row[] => Array.isArray(rows);
