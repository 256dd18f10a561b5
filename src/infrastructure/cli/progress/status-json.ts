import type { StudyStatus } from '../../../application/study/reports.ts';
import type { WithoutResults } from '../../../application/study/without-results.ts';
import { jsonText } from '../../../domain/values/value-text.ts';

/** For programs. */
export const statusJson = (
  { study, counts, runners, foreign, errors }: StudyStatus,
  withoutResults?: WithoutResults,
): string =>
  jsonText({
    v: 1,
    study,
    counts,
    runners: runners.map(({ id, name, host, pid, workers, state, heartbeatAgeSeconds, expired, running }) => ({
      id,
      name,
      host,
      pid,
      workers,
      state,
      heartbeatAgeSeconds,
      expired,
      running,
    })),
    foreign,
    ...(withoutResults && { withoutResults }),
    errors: errors.map(({ message, count, exampleId, example }) => ({ message, count, exampleId, example })),
  });
