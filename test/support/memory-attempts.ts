import { newId } from '../../src/application/ports/new-id.ts';
import type { AttemptOutcome } from '../../src/domain/experiment/attempt.ts';
import type { Runner } from '../../src/domain/experiment/runner.ts';
import { fromStored, toStored } from '../../src/domain/values/stored-value.ts';
import type { Column, Row, Value } from '../../src/domain/values/column.ts';
import { timestampColumnName } from '../../src/domain/study/table-layout.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../../src/domain/repository/runner-protocol.ts';
import type { Experiment } from '../../src/domain/experiment/experiment.ts';
import { timestamp } from '../../src/domain/values/date-column.ts';
import { end as finish, report, retry, start } from './memory-experiment.ts';
import { type LeaseRow, type MemoryTables, seconds } from './memory-tables.ts';

/** The experiment runs, under a lease of this runner. */
export const beginAttempt = (tables: MemoryTables, experiment: Experiment, runner: Runner): Claimed => {
  const resumed = experiment.status === 'paused' ? tables.pausedState(experiment) : undefined;
  if (!resumed) tables.dropLogs(experiment.id);
  start(experiment, { name: runner.name, machine: runner.host, date: tables.date });
  const number = tables.history(experiment.id).length + 1;
  const claimed = { experimentId: experiment.id, attemptId: newId(), number };
  const lease = { ...claimed, runnerId: runner.id, claimedAt: tables.now, progress: null, resumed };
  tables.leases.set(experiment.id, lease);
  const hasResults = resumed && tables.study.resultfields.some(({ name }) => resumed.row.results[name] !== null);
  return { ...claimed, keyfields: experiment.keyfields, ...(hasResults && { hasResults: true }) };
};

/** Everything an attempt has to say in one call, in order, under its lease. */
export const writeAttempt = (tables: MemoryTables, writes: readonly AttemptWrite[], lease: LeaseRow): void => {
  const experiment = tables.experiment(lease.experimentId);
  const { logsId } = writes.find((write) => write.logsId !== undefined) ?? {};
  const again = logsId !== undefined && lease.lastLogs === logsId;
  const end = writes.findLast((write) => write.end)?.end;
  for (const { results, logs, progress } of writes) {
    if (results) report(experiment, reported(tables, results));
    if (!again || end) for (const entry of logs ?? []) append(tables, lease.experimentId, entry);
    if (progress !== undefined) lease.progress = progress;
  }
  if (logsId !== undefined) lease.lastLogs = logsId;
  if (end) conclude(tables, experiment, lease, end);
};

/** Whether an earlier call has written this end already, and only its answer was lost. */
export const isRecorded = (tables: MemoryTables, { experimentId, attemptId, end }: AttemptWrite): boolean =>
  tables.history(experimentId).some((past) => past.attemptId === attemptId && past.outcome === end?.outcome);

/** Why a column cannot hold one of the results, if so. */
export const refusal = ({ study }: MemoryTables, { results = {} }: AttemptWrite): string | undefined => {
  try {
    for (const column of study.resultfields) toStored(valueOf(results[column.name], column), column);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The lease becomes history. */
export const endAttempt = (
  tables: MemoryTables,
  lease: LeaseRow,
  how: {
    readonly outcome: AttemptOutcome;
    readonly detail: string | null;
    readonly startedAt: string;
    readonly endedAt?: string;
  },
): void => {
  const { experimentId, attemptId, number, runnerId } = lease;
  const host = tables.runners.get(runnerId)?.host ?? null;
  const attempt = { experimentId, attemptId, number, runnerId, host, endedAt: tables.now, ...how, superseded: false };
  tables.history(experimentId).push(attempt);
  tables.leases.delete(experimentId);
};

/** The lease ends, or passes to the attempt that tries again: then only the history shows the failure. */
const conclude = (tables: MemoryTables, experiment: Experiment, lease: LeaseRow, end: AttemptEnd): void => {
  const { outcome, error: detail, startedAt, endedAt, retryAs } = end;
  endAttempt(tables, lease, { outcome, detail, startedAt, endedAt });
  if (tables.study.emissions && end.emissions) {
    const ids = { ID: tables.emissions.length + 1, experiment_id: lease.experimentId };
    tables.emissions.push({ ...ids, codecarbon_timestamp: seconds(endedAt), ...end.emissions });
  }
  if (retryAs === undefined) {
    finish(experiment, 'record', end.status, seconds(endedAt), detail);
  } else {
    const { experimentId, runnerId, resumed } = lease;
    const next = { attemptId: retryAs, number: lease.number + 1, claimedAt: tables.now, progress: null };
    tables.leases.set(experimentId, { experimentId, runnerId, resumed, ...next });
    if (resumed) {
      tables.restore(experiment, resumed, false);
      return;
    }
    retry(experiment);
    tables.dropLogs(experimentId);
  }
};

const reported = ({ study, date }: MemoryTables, results: Row): Row => {
  const columns = study.resultfields.filter(({ name }) => results[name] !== undefined);
  const dates = columns.map(({ name }) => [timestampColumnName(name), date]);
  return { ...valuesOf(results, columns), ...(study.resultTimestamps && Object.fromEntries(dates)) };
};

const append = (
  tables: MemoryTables,
  experimentId: number,
  { logtable, row, date }: NonNullable<AttemptWrite['logs']>[number],
): void => {
  const rows = tables.logtable(logtable);
  const columns = tables.study.logtables.find(({ name }) => name === logtable)?.columns ?? [];
  rows.push({
    ID: Number(rows.at(-1)?.['ID'] ?? 0) + 1,
    experiment_id: experimentId,
    timestamp: seconds(timestamp(date)),
    ...valuesOf(row, columns),
  });
};

const valuesOf = (written: Row, columns: readonly Column[]): Row =>
  Object.fromEntries(columns.map((column) => [column.name, valueOf(written[column.name], column)]));

/** What is written is in stored form, but for what no column stores: nested values and booleans. */
const valueOf = (written: Value | undefined, column: Column): Value =>
  typeof written === 'object' || typeof written === 'boolean' ? written : fromStored(written, column);
