import type { StudyStatus } from '../../application/study-report.ts';
import type { WithoutResults } from '../../application/without-results.ts';
import { jsonText } from './json.ts';

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
