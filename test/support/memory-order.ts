import type { Value } from '../../src/domain/values/column.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { ExperimenterError } from '../../src/domain/errors.ts';
import type { RowOrder } from '../../src/domain/repository/selection.ts';
import type { Experiment } from '../../src/domain/experiment/experiment.ts';
import { tableColumns } from '../../src/domain/study/table-layout.ts';

/** As the databases sort: NULL first, numbers by their size, text by its bytes; equal ones by their ids. */
export const ordered = (
  study: StudyDefinition,
  experiments: readonly Experiment[],
  { column, descending }: RowOrder,
): readonly Experiment[] => {
  const found = tableColumns(study).find(({ name }) => name === column);
  if (!found) throw new ExperimenterError('FIELD_UNKNOWN', `${column} is no column of ${study.table}`);
  if (found.type.kind === 'json') throw new ExperimenterError('USAGE', `${column} holds JSON, which has no order`);
  const compare = (one: Value, other: Value): number => {
    if (one === null || other === null) return Number(one !== null) - Number(other !== null);
    if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)));
    return Number(one > other) - Number(one < other);
  };
  return experiments.toSorted((one, other) => {
    const way = compare(one.toRow()[column] ?? null, other.toRow()[column] ?? null);
    return (descending ? -way : way) || one.id - other.id;
  });
};
