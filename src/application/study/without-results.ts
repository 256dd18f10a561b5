import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import { ExperimentStatus } from '../../domain/experiment/experiment.ts';
import { allOf } from '../../domain/filter/parse-filter.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';

/** Done experiments that are read at most, in a quarter of a second: no index tells which have no results. */
const MOST = 250_000;

/** Experiments that are done without any of the results that the study declares. */
export interface WithoutResults {
  readonly count: number;
  /** The first of them; null without any. */
  readonly exampleId: number | null;
}

/** Undefined: the study declares no results, or there are too many experiments to read. */
export const withoutResults = async (
  { resultfields }: StudyDefinition,
  repository: ExperimentRepository,
  done: number,
): Promise<WithoutResults | undefined> => {
  if (resultfields.length === 0 || done > MOST) return undefined;
  const where = allOf(
    resultfields.map(({ name }) => ({ kind: 'compare', field: name, comparison: '=', value: null }) as const),
  );
  let count = 0;
  let exampleId: number | null = null;
  for await (const page of repository.values(['ID'], { statuses: [ExperimentStatus.Done], where })) {
    exampleId ??= Number(page[0]?.[0]);
    count += page.length;
  }
  return { count, exampleId };
};
