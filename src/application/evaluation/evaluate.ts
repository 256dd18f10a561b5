import type { ExperimenterParts } from '../ports/experimenter-parts.ts';
import { type EvaluationTable, tableOf } from './table.ts';
import { expectGrid } from './grid-gaps.ts';
import { sampledFields, Samples } from './samples.ts';
import { tableQuestion, type TableOptions } from './question.ts';

/** Reads the experiments that a table is about, and aggregates them. */
export const evaluate = async (
  { study, grid, repository }: Pick<ExperimenterParts, 'study' | 'grid' | 'repository'>,
  options: TableOptions,
): Promise<EvaluationTable> => {
  const question = tableQuestion(study, options);
  const samples = new Samples(question);
  for await (const page of repository.values(sampledFields(question), question.selection)) {
    for (const row of page) samples.add(row);
  }
  const unchecked = expectGrid(samples, study, grid, question);
  return tableOf(study.table, question, samples, unchecked === undefined ? [] : [unchecked]);
};
