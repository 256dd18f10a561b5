import type { Value } from '../../domain/values/column-type.ts';
import type { StudyDefinition } from '../../domain/study/define-study.ts';
import { type Explanation, explanationOf } from './error-explanation.ts';
import { type ErrorKind, ErrorKinds, errorKind } from './error-kinds.ts';
import { ErrorShares } from './error-shares.ts';

/** Failures of one kind, and what they have in common. */
export interface ErrorGroup extends ErrorKind {
  readonly explanation: Explanation | undefined;
}

export interface ErrorReport {
  /** Done, failed and paused experiments that were looked at. */
  readonly ended: number;
  readonly failed: number;
  /** Most frequent first. */
  readonly groups: readonly ErrorGroup[];
  /** Failures of still more kinds: with so many, their messages have little in common. */
  readonly ungrouped: number;
}

/** So many kinds, the most frequent, are explained. */
const MOST_EXPLAINED = 20;
/** Reads these fields of what has ended, or only of what has failed, in pages; in the same order each time. */
export type ReadEnded = (
  fields: readonly string[],
  which: 'ended' | 'failed',
) => AsyncIterable<readonly (readonly Value[])[]>;

/**
 * Groups failures by their kind and compares the failed with the others that have ended. Reads what has failed twice and
 * the keyfields of what has ended once, in memory that does not grow with the experiments.
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
