import type { ExperimenterParts } from '../ports/experimenter-parts.ts';
import { type EvaluationTable, tableOf } from './table.ts';
import { Samples, sampledFields } from './samples.ts';
import { type TableOptions, type TableQuestion, tableQuestion } from './question.ts';
import type { Value } from '../../domain/values/column.ts';
import type { Filter } from '../../domain/filter/filter.ts';
import { matches } from '../../domain/filter/matches.ts';
import type { GridDefinition } from '../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { Selection } from '../../domain/repository/selection.ts';
import { combinations, gridSize } from '../../domain/grid/combinations.ts';

/** Reads the selected experiments and aggregates them to a table. */
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

/** To enumerate more combinations than this takes longer than to read the table. */
const MOST_COMBINATIONS = 5_000_000;

/**
 * Tells the samples which combinations of the grid belong into the table, so that combinations that were never filled
 * count as missing. Returns the reason if that is not possible.
 */
export const expectGrid = (
  samples: Samples,
  study: StudyDefinition,
  grid: GridDefinition,
  question: TableQuestion,
): string | undefined => {
  const because = (reason: string) =>
    `experiments that the grid has and the table lacks were not looked for: ${reason}`;
  const reason = beyondKeyfields(study, question.selection);
  if (reason !== undefined) return because(reason);
  if (gridSize(study, grid) > MOST_COMBINATIONS) return because(`there are more than ${MOST_COMBINATIONS} of them`);
  const { where } = question.selection;
  const keyfields = new Set(study.keyfields.map(({ name }) => name));
  const fields = sampledFields(question).map((name) => (keyfields.has(name) ? name : undefined));
  const row: Value[] = fields.map(() => null);
  for (const combination of combinations(study, grid)) {
    if (where && !matches(where, combination)) continue;
    for (const [at, field] of fields.entries()) if (field !== undefined) row[at] = combination[field] ?? null;
    samples.expect(row);
  }
  return undefined;
};

/** A combination that was never filled has only keyfields, so a selection by anything else cannot be checked for it. */
const beyondKeyfields = (study: StudyDefinition, { statuses, ids, limit, where }: Selection): string | undefined => {
  if (statuses || ids || limit !== undefined) return 'the selection names a status, an id or a limit';
  const keyfields = study.keyfields.map(({ name }) => name);
  const others = where ? [...fieldsOf(where)].filter((name) => !keyfields.includes(name)) : [];
  return others.length > 0 ? `the filter names ${others.join(', ')}` : undefined;
};

const fieldsOf = (filter: Filter): ReadonlySet<string> => {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return fieldsOf(filter.left).union(fieldsOf(filter.right));
    case 'not':
      return fieldsOf(filter.of);
    default:
      return new Set([filter.field]);
  }
};
