import type { AttemptRef } from '../../../src/domain/experiment/attempt.ts';
import type { AttemptWrite, RecordOutcome } from '../../../src/domain/repository/runner-protocol.ts';
import { MemoryRepository } from '../memory-repository.ts';
import { type LeaseRow, MemoryTables } from '../memory-tables.ts';
import type { MemoryKit, MemoryMutation } from '../model/systems.ts';
import type { Traces } from './mutant-database.ts';
import type { Mutant } from './sqlite-mutant.ts';

type TablesClass = new (study: MemoryKit['study'], clock: MemoryKit['clock']) => MemoryTables;

const byTables = (name: string, make: (traces: Traces) => TablesClass): Mutant<MemoryMutation> => ({
  name,
  mutation: (traces) => {
    const Tables = make(traces);
    return { tables: ({ study, clock }) => new Tables(study, clock) };
  },
});

/** Says what it says to the tables of the repository, whatever the lease. */
const writing = (
  name: string,
  write: (repository: MemoryRepository, tables: MemoryTables, writes: readonly AttemptWrite[], traces: Traces) => Promise<RecordOutcome>, // prettier-ignore
): Mutant<MemoryMutation> => ({
  name,
  mutation: (traces) => ({
    repository: ({ study, clock, database }) =>
      new (class extends MemoryRepository {
        override async record(writes: readonly AttemptWrite[]): Promise<RecordOutcome> {
          const honest = new MemoryRepository(study, clock, database);
          return database.tables ? write(honest, database.tables, writes, traces) : honest.record(writes);
        }
      })(study, clock, database),
  }),
});

/** A lease out of nothing, for an attempt that has lost its own. */
const revived = (tables: MemoryTables, { experimentId, attemptId }: AttemptRef): LeaseRow | undefined => {
  const row = tables.experiments.get(experimentId);
  const last = tables.history(experimentId).at(-1);
  if (!row || !last) return undefined;
  row.status = 'running';
  const number = last.number + 1;
  return { experimentId, attemptId, number, runnerId: last.runnerId, claimedAt: tables.now, progress: null, resumed: undefined }; // prettier-ignore
};

export const memoryMutants: readonly Mutant<MemoryMutation>[] = [
  byTables(
    'record: a lost attempt may, if nobody else holds a lease',
    (traces) =>
      class extends MemoryTables {
        override leaseOf(ref: AttemptRef): LeaseRow | undefined {
          const held = super.leaseOf(ref);
          if (held || this.leases.has(ref.experimentId)) return held;
          const lost = this.history(ref.experimentId).some((past) => past.attemptId === ref.attemptId && past.outcome === 'lost'); // prettier-ignore
          if (lost) traces.changed += 1;
          return lost ? revived(this, ref) : undefined;
        }
      },
  ),
  byTables(
    'record: late ones are accepted after a reset',
    (traces) =>
      class extends MemoryTables {
        override leaseOf(ref: AttemptRef): LeaseRow | undefined {
          const held = super.leaseOf(ref);
          if (held || this.leases.has(ref.experimentId)) return held;
          const past = this.history(ref.experimentId).find(({ attemptId }) => attemptId === ref.attemptId);
          if (past?.superseded) traces.changed += 1;
          return past?.superseded ? revived(this, ref) : undefined;
        }
      },
  ),
  byTables(
    'record: the fence is the experiment',
    (traces) =>
      class extends MemoryTables {
        override leaseOf({ experimentId, attemptId }: AttemptRef): LeaseRow | undefined {
          const lease = this.leases.get(experimentId);
          if (lease && lease.attemptId !== attemptId) traces.changed += 1;
          return lease;
        }
      },
  ),
  writing('record: results before the fence is asked', async (honest, tables, writes, traces) => {
    for (const { experimentId, results } of writes) {
      const row = tables.experiments.get(experimentId);
      if (!row || !results) continue;
      traces.changed += 1;
      row.results = { ...row.results, ...results };
    }
    return honest.record(writes);
  }),
  writing('record: logs are written though the attempt is lost', async (honest, tables, writes, traces) => {
    const outcome = await honest.record(writes);
    for (const { experimentId, attemptId, logs = [] } of writes) {
      if (!outcome.lost.includes(attemptId)) continue;
      traces.changed += logs.length;
      for (const { row } of logs) tables.logtable('notes').push({ ID: 1_000, experiment_id: experimentId, ...row });
    }
    return outcome;
  }),
  writing('record: progress is shown though the attempt is lost', async (honest, tables, writes, traces) => {
    const outcome = await honest.record(writes);
    for (const { experimentId, attemptId, progress } of writes) {
      const lease = tables.leases.get(experimentId);
      if (!outcome.lost.includes(attemptId) || progress === undefined || !lease) continue;
      traces.changed += 1;
      lease.progress = progress;
    }
    return outcome;
  }),
  writing('record: whoever lost is told it was written', async (honest, _tables, writes, traces) => {
    const outcome = await honest.record(writes);
    traces.changed += outcome.lost.length;
    return { ...outcome, lost: [] };
  }),
  writing('record: who ended and ends again is told it was lost', async (honest, tables, writes, traces) => {
    const held = writes.filter((write) => tables.leaseOf(write));
    const others = writes.filter((write) => !held.includes(write)).map(({ attemptId }) => attemptId);
    traces.changed += others.length;
    const { lost, refused } = await honest.record(held);
    return { lost: [...lost, ...others], refused };
  }),
  byTables(
    'runners: draining counts as dead',
    (traces) =>
      class extends MemoryTables {
        override living(runnerId: string) {
          const runner = super.living(runnerId);
          if (runner?.state !== 'draining') return runner;
          traces.changed += 1;
          return undefined;
        }
      },
  ),
  byTables(
    'runners: the dead count as living',
    (traces) =>
      class extends MemoryTables {
        override living(runnerId: string) {
          const runner = this.runners.get(runnerId);
          if (runner?.state === 'dead') traces.changed += 1;
          return runner?.state === 'gone' ? undefined : runner;
        }
      },
  ),
  byTables(
    'history: gets lost with a reset',
    (traces) =>
      class extends MemoryTables {
        override history(experimentId: number) {
          const past = super.history(experimentId);
          const superseded = past.findLastIndex((attempt) => attempt.superseded) + 1;
          traces.changed += superseded;
          past.splice(0, superseded);
          return past;
        }
      },
  ),
  byTables(
    'claim: logs of earlier attempts stay',
    (traces) =>
      class extends MemoryTables {
        override dropLogs(): void {
          traces.changed += 1;
        }
      },
  ),
  byTables(
    'fill: a combination can be there twice',
    (traces) =>
      class extends MemoryTables {
        override insert(combination: Parameters<MemoryTables['insert']>[0]) {
          const row = super.insert(combination);
          if (row) return row;
          traces.changed += 1;
          const other = super.insert({ seed: -this.experiments.size });
          if (other) Object.assign(other, { keyfields: combination });
          return other;
        }
      },
  ),
];
