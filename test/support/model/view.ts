import type { Attempt } from '../../../src/domain/experiment/attempt.ts';
import type { RunnerState } from '../../../src/domain/experiment/runner.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { StatusCounts } from '../../../src/domain/repository/study-reader.ts';

/** Everything there is to see of a study, without what no model can know: ids of attempts aside, the time of day. */
export interface View {
  readonly rows: readonly RowView[];
  readonly leases: readonly LeaseView[];
  /** By experiment, also of those whose row has vanished. */
  readonly attempts: ReadonlyMap<number, readonly AttemptView[]>;
  /** The texts of the log rows, by experiment, oldest first. */
  readonly logs: ReadonlyMap<number, readonly string[]>;
  readonly runners: readonly RunnerView[];
  readonly counts: StatusCounts;
  readonly foreign: number;
}

export interface RowView {
  readonly id: number;
  readonly seed: number;
  readonly status: string;
  /** `now`, or what a foreign process wrote. */
  readonly start: string | null;
  readonly end: string | null;
  readonly name: string | null;
  readonly machine: string | null;
  readonly first: string | null;
  readonly second: string | null;
  /** `lost <n>` if it was given up. */
  readonly error: string | null;
}

export interface LeaseView {
  readonly experimentId: number;
  readonly attemptId: string;
  readonly number: number;
  readonly runnerId: string;
  readonly progress: string | null;
}

export interface AttemptView extends Pick<Attempt, 'attemptId' | 'number' | 'runnerId' | 'outcome' | 'superseded'> {
  readonly started: string;
  readonly ended: string;
  readonly detail: string | null;
}

export interface RunnerView {
  readonly id: string;
  readonly state: Exclude<RunnerState, 'gone'>;
  readonly heartbeats: number;
  readonly expired: boolean;
  readonly running: number;
}

/** The dates that steps write; every other one is `now`. */
export const STARTED = '2026-01-02 03:04:05.678';
export const ENDED = '2026-01-02 03:04:06.789';
export const FOREIGN_DATE = '2001-01-01 00:00:00';
const known = [STARTED, ENDED, ENDED.slice(0, 19), FOREIGN_DATE];
const dateOf = (date: string | null): string | null => (date === null || known.includes(date) ? date : 'now');

export const look = async (repository: ExperimentRepository, ids: Iterable<number>): Promise<View> => {
  const experiments = await Array.fromAsync(repository.list());
  const attempts = new Map<number, readonly AttemptView[]>();
  for (const id of ids) {
    const past = await repository.attempts(id);
    if (past.length > 0) attempts.set(id, past.map(attemptView));
  }
  const logs = new Map<number, string[]>();
  for await (const { experiment_id: id, text } of repository.logs('notes')) {
    logs.set(Number(id), [...(logs.get(Number(id)) ?? []), String(text)]);
  }
  return {
    rows: experiments.map((row) => ({
      id: row.id,
      seed: Number(row.keyfields['seed']),
      status: row.status,
      start: dateOf(row.startDate),
      end: dateOf(row.endDate),
      name: row.name,
      machine: row.machine,
      first: textOf(row.results['first']),
      second: textOf(row.results['second']),
      error: row.error?.replace(/^(\d+) (attempts|runners) .*$/s, 'lost $1') ?? null,
    })),
    leases: (await repository.leases())
      .map(({ claimedAt: _, ...lease }) => lease)
      .sort((one, other) => one.experimentId - other.experimentId),
    attempts,
    logs,
    runners: (await repository.runners())
      .map(({ id, state, heartbeats, expired, running }) => ({ id, state, heartbeats, expired, running }) as RunnerView)
      .sort((one, other) => (one.id < other.id ? -1 : 1)),
    counts: await repository.counts(),
    foreign: await repository.foreign(),
  };
};

const attemptView = ({ attemptId, number, runnerId, outcome, superseded, ...rest }: Attempt): AttemptView => ({
  attemptId,
  number,
  runnerId,
  outcome,
  superseded,
  started: dateOf(rest.startedAt) ?? '',
  ended: dateOf(rest.endedAt) ?? '',
  detail: outcome === 'lost' ? 'lost' : rest.detail,
});

const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
