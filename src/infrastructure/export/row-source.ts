import type { Experimenter } from '../../application/experimenter.ts';
import type { Attempt } from '../../domain/experiment/attempt.ts';
import type { Column, Row } from '../../domain/values/column-type.ts';
import type { RowOrder, Selection } from '../../domain/repository/selection.ts';
import {
  companionTableName,
  emissionsTableName,
  type Logtable,
  logtableName,
  type StudyDefinition,
} from '../../domain/study/define-study.ts';
import {
  attemptColumns,
  emissionsTableColumns,
  logtableColumns,
  tableColumns,
} from '../../domain/study/table-columns.ts';

/** Rows of one of a study's tables, with what is known of their columns. */
export interface RowSource {
  /** The table's name in the database. */
  readonly table: string;
  readonly columns: readonly Column[];
  /** Of the selected experiments, streamed in the order of their ids. */
  rows(experimenter: Experimenter, selection: Selection): AsyncIterable<Row>;
}

/** The experiments themselves. */
export const experimentSource = (study: StudyDefinition, order?: RowOrder): RowSource => ({
  table: study.table,
  columns: tableColumns(study),
  async *rows(experimenter, selection) {
    for await (const experiment of experimenter.list(selection, order)) yield experiment.toRow();
  },
});

/** What they logged. */
export const logtableSource = (study: StudyDefinition, logtable: Logtable): RowSource => ({
  table: logtableName(study, logtable.name),
  columns: logtableColumns(logtable),
  rows: (experimenter, selection) =>
    ofExperiments(experimenter, selection, (id) => experimenter.logs(logtable.name, id)),
});

/** The history of their ended attempts. */
export const attemptSource = (study: StudyDefinition): RowSource => ({
  table: companionTableName(study, 'attempts'),
  columns: attemptColumns,
  async *rows(experimenter, selection) {
    for await (const attempt of ofExperiments(experimenter, selection, (id) => experimenter.attempts(id))) {
      yield attemptRow(attempt);
    }
  },
});

/** What each of their attempts consumed; none where that was never recorded. */
export const emissionsSource = (study: StudyDefinition): RowSource => ({
  table: emissionsTableName(study),
  columns: emissionsTableColumns,
  rows: (experimenter, selection) => ofExperiments(experimenter, selection, (id) => experimenter.emissions(id)),
});

/** All at once where all are selected, otherwise those of one experiment after the other. */
async function* ofExperiments<Item>(
  experimenter: Experimenter,
  selection: Selection,
  items: (experimentId?: number) => AsyncIterable<Item>,
): AsyncIterable<Item> {
  if (Object.keys(selection).length === 0) yield* items();
  else for await (const { id } of experimenter.list(selection)) yield* items(id);
}

const attemptRow = (attempt: Attempt): Row => ({
  experiment_id: attempt.experimentId,
  number: attempt.number,
  attempt_id: attempt.attemptId,
  runner_id: attempt.runnerId,
  host: attempt.host,
  started_at: attempt.startedAt,
  ended_at: attempt.endedAt,
  outcome: attempt.outcome,
  detail: attempt.detail,
  superseded: attempt.superseded,
});
