import { ExperimenterError } from '../../domain/errors.ts';
import type { ExperimentRepository } from '../../domain/repository/experiment-repository.ts';
import type { Selection } from '../../domain/repository/selection.ts';
import type { ClaimSource } from '../runner/run.ts';

/** Ids in one claim: few enough for a statement, enough for many workers. */
const WINDOW = 2_000;

/** What a run claims from: open experiments, or paused ones that are to be continued. */
export type ClaimableStatus = 'created' | 'paused';

/**
 * Claims the selected experiments that have this status now, and nothing else. Throws `STATE_CONFLICT` if the selection
 * names ids none of which has it.
 */
export const claimsAmong = async (
  repository: ExperimentRepository,
  selection: Selection,
  status: ClaimableStatus,
): Promise<ClaimSource> => {
  const ids = await claimableIds(repository, selection, status);
  if (ids.length > 0 || !selection.ids) return claimsOf(ids, status);
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `none of the experiments with these ids is ${status}: look at them, and reset what is to be executed again`,
  );
};

const claimableIds = async (
  repository: ExperimentRepository,
  selection: Selection,
  status: ClaimableStatus,
): Promise<readonly number[]> => {
  const { statuses = [status] } = selection;
  const ids: number[] = [];
  if (!statuses.includes(status)) return ids;
  for await (const { id } of repository.list({ ...selection, statuses: [status] })) ids.push(id);
  return ids;
};

/** Experiments that another runner has claimed since are passed over. */
const claimsOf = (ids: readonly number[], status: ClaimableStatus): ClaimSource => {
  let next = 0;
  let window: readonly number[] = [];
  return async (repository, runnerId, count) => {
    for (;;) {
      if (window.length === 0) {
        window = ids.slice(next, next + WINDOW);
        next += window.length;
      }
      if (window.length === 0) return [];
      const claimed = await repository.claim({ runnerId, count, only: { ids: window, status } });
      if (!claimed) return undefined;
      const taken = new Set(claimed.map(({ experimentId }) => experimentId));
      window = claimed.length < count ? [] : window.filter((id) => !taken.has(id));
      if (claimed.length > 0) return claimed;
    }
  };
};
