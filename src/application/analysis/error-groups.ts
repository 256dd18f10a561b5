import type { Value } from '../../domain/values/column.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { type Explanation, explanationOf } from './error-explanation.ts';
import { type ErrorKind, ErrorKinds, errorKind } from './error-kinds.ts';
import { ErrorShares } from './error-shares.ts';

/** Failures of one kind, and the values that explain them. */
export interface ErrorGroup extends ErrorKind {
  readonly explanation: Explanation | undefined;
}

export interface ErrorReport {
  /** Done, failed and paused experiments among the selected ones. */
  readonly ended: number;
  readonly failed: number;
  /** Most frequent first. */
  readonly groups: readonly ErrorGroup[];
  /** Failures that were not grouped because there are too many kinds. */
  readonly ungrouped: number;
}

/** Only this number of kinds, the most frequent, are explained. */
const MOST_EXPLAINED = 20;
/** Reads these fields of the ended or of the failed experiments, in pages, in the same order each time. */
export type ReadEnded = (
  fields: readonly string[],
  which: 'ended' | 'failed',
) => AsyncIterable<readonly (readonly Value[])[]>;

/**
 * Groups failures by their kind and compares failed experiments with the other ended ones. It reads the failed
 * experiments twice and the keyfields of the ended ones once. Memory does not grow with the number of experiments.
 */
export const errorReport = async (study: StudyDefinition, read: ReadEnded): Promise<ErrorReport> => {
  const kinds = new ErrorKinds();
  for await (const page of read(['ID', 'error'], 'failed'))
    for (const [id, error] of page) kinds.add(typeof error === 'string' ? error : '', Number(id));
  const sorted = kinds.sorted();
  const explained = new Set(sorted.slice(0, MOST_EXPLAINED).map(({ message }) => message));
  const shares = new ErrorShares(study);
  const names = study.keyfields.map(({ name }) => name);
  if (explained.size > 0) {
    for await (const page of read([...names, 'error'], 'failed')) {
      for (const row of page) {
        const error = row[names.length];
        const kind = errorKind(typeof error === 'string' ? error : '');
        if (explained.has(kind)) shares.addFailed(row, kind);
      }
    }
  }
  let ended = 0;
  for await (const page of read(explained.size > 0 ? names : ['ID'], 'ended')) {
    ended += page.length;
    if (explained.size > 0) for (const row of page) shares.addEnded(row);
  }
  const groups = sorted.map((kind): ErrorGroup => ({
    ...kind,
    explanation: explained.has(kind.message) ? explanationOf(shares.of(kind.message), ended, kind.count) : undefined,
  }));
  return { ended, failed: kinds.failed, groups, ungrouped: kinds.ungrouped };
};
