import type { Experimenter } from '../../application/experimenter.ts';
import type { Column } from '../../domain/values/column.ts';
import { companionTableName, emissionsTableName, logtableName } from '../../domain/study/table-names.ts';
import type { Logtable, StudyDefinition } from '../../domain/study/study-definition.ts';
import type { RowOrder, Selection } from '../../domain/repository/selection.ts';
import type { ValuePages } from '../../domain/repository/study-reader.ts';
import {
  attemptColumns,
  emissionsTableColumns,
  logtableColumns,
  tableColumns,
} from '../../domain/study/table-layout.ts';

/** The rows and columns of one of a study's tables. */
export interface RowSource {
  /** The table's name in the database. */
  readonly table: string;
  readonly columns: readonly Column[];
  /** These columns of the selected experiments, in the order of their ids. */
  pages(experimenter: Experimenter, fields: readonly string[], selection: Selection): ValuePages;
}

/** The experiments themselves. */
export const experimentSource = (study: StudyDefinition, order?: RowOrder): RowSource => ({
  table: study.table,
  columns: tableColumns(study),
  pages: (experimenter, fields, selection) => experimenter.values(fields, selection, order),
});

/** The rows of a logtable. */
export const logtableSource = (study: StudyDefinition, logtable: Logtable): RowSource => ({
  table: logtableName(study, logtable.name),
  columns: logtableColumns(logtable),
  pages: (experimenter, fields, selection) =>
    ofExperiments(experimenter, selection, (id) => experimenter.logValues(logtable.name, fields, id)),
});

/** The history of ended attempts. */
export const attemptSource = (study: StudyDefinition): RowSource => ({
  table: companionTableName(study, 'attempts'),
  columns: attemptColumns,
  pages: (experimenter, fields, selection) =>
    ofExperiments(experimenter, selection, (id) => experimenter.attemptValues(fields, id)),
});

/** Energy and carbon of each attempt; no rows if nothing was recorded. */
export const emissionsSource = (study: StudyDefinition): RowSource => ({
  table: emissionsTableName(study),
  columns: emissionsTableColumns,
  pages: (experimenter, fields, selection) =>
    ofExperiments(experimenter, selection, async function* (id) {
      for await (const row of experimenter.emissions(id)) yield [fields.map((field) => row[field] ?? null)];
    }),
});

/** All rows at once without a selection, otherwise those of one experiment after the other. */
async function* ofExperiments(
  experimenter: Experimenter,
  selection: Selection,
  pages: (experimentId?: number) => ValuePages,
): ValuePages {
  if (Object.keys(selection).length === 0) yield* pages();
  else
    for await (const page of experimenter.values(['ID'], selection)) for (const [id] of page) yield* pages(Number(id));
}
