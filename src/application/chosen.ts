import type { ExperimentRepository, Selection } from '../domain/experiment-repository.ts';
import type { ClaimSource } from './run.ts';

/** Ids that one claim looks at: few enough for a statement, enough for many workers. */
const WINDOW = 2_000;

/** What a run claims from: open experiments, or paused ones that are to be continued. */
export type ClaimableStatus = 'created' | 'paused';

/** The ids of the selected experiments that can be claimed now. */
export const claimableIds = async (
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

/** Claims these experiments and nothing else; those that somebody else has taken since are passed over. */
export const claimsOf = (ids: readonly number[], status: ClaimableStatus): ClaimSource => {
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
