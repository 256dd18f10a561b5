import type { Clock } from '../../src/application/ports/ports.ts';
import type { Attempt, AttemptRef, Lease } from '../../src/domain/experiment/attempt.ts';
import type { Runner, RunnerState } from '../../src/domain/experiment/runner.ts';
import { fromStored, toStored } from '../../src/domain/values/stored-value.ts';
import type { Column, Row, StoredValue } from '../../src/domain/values/column.ts';
import { matches } from '../../src/domain/filter/matches.ts';
import { resultColumnNames } from '../../src/domain/study/table-layout.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import { ExperimenterError } from '../../src/domain/errors.ts';
import { Experiment } from '../../src/domain/experiment/experiment.ts';
import type { Selection } from '../../src/domain/repository/selection.ts';
import type { ConfigurationRecord } from '../../src/domain/repository/study-store.ts';
import { timestamp } from '../../src/domain/values/date-column.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface RunnerRow extends Runner {
  state: RunnerState;
  readonly startedAt: string;
  heartbeatAt: number;
  expiresAt: number;
  heartbeats: number;
}

export interface LeaseRow extends Mutable<Lease> {
  /** Claimed from `paused`: what it is given back to. */
  readonly resumed: PausedState | undefined;
  /** The last write of log rows: made again, it appends nothing. */
  lastLogs?: string;
}

/** What a paused experiment has: its row, and its log rows by logtable. */
export interface PausedState {
  readonly row: Experiment;
  readonly logs: ReadonlyMap<string, readonly Row[]>;
}

/** What a database would hold of one study. */
export class MemoryTables {
  study: StudyDefinition;
  readonly #clock: Pick<Clock, 'date'>;
  readonly experiments = new Map<number, Experiment>();
  /** What experiments were filled from. */
  readonly configurations = new Map<number, ConfigurationRecord>();
  readonly #idsByKey = new Map<string, number>();
  #lastId = 0;
  /** Grids that were wholly here when the tables had this extent. */
  readonly grids = new Map<string, string>();
  readonly runners = new Map<string, RunnerRow>();
  /** By experiment: there is room for one each. */
  readonly leases = new Map<number, LeaseRow>();
  readonly #attempts = new Map<number, Mutable<Attempt>[]>();
  readonly #logs = new Map<string, Row[]>();
  readonly emissions: Row[] = [];

  constructor(study: StudyDefinition, clock: Pick<Clock, 'date'>) {
    this.study = study;
    this.#clock = clock;
  }

  /** Changes whenever an experiment comes or goes. */
  get extent(): string {
    return `${this.experiments.size} to ${this.#lastId}`;
  }

  /** Milliseconds by the database's clock, the only one that decides anything. */
  get time(): number {
    return this.#clock.date().getTime();
  }

  /** `YYYY-MM-DD HH:MM:SS.mmm` */
  get now(): string {
    return timestamp(this.#clock.date());
  }

  /** `YYYY-MM-DD HH:MM:SS` */
  get date(): string {
    return seconds(this.now);
  }

  experiment(id: number): Experiment {
    const experiment = this.experiments.get(id);
    if (experiment) return experiment;
    throw new ExperimenterError('NOT_FOUND', `the study ${this.study.table} has no experiment ${id}`);
  }

  /** The runner, if it may claim. */
  active(runnerId: string): RunnerRow | undefined {
    const runner = this.living(runnerId);
    return runner?.state === 'active' ? runner : undefined;
  }

  /** The runner, if it may beat. */
  living(runnerId: string): RunnerRow | undefined {
    const runner = this.runners.get(runnerId);
    return runner?.state === 'active' || runner?.state === 'draining' ? runner : undefined;
  }

  leasesOf(runnerId?: string): LeaseRow[] {
    return [...this.leases.values()].filter((lease) => runnerId === undefined || lease.runnerId === runnerId);
  }

  /** The lease under which this attempt may write. */
  leaseOf({ experimentId, attemptId }: AttemptRef): LeaseRow | undefined {
    const lease = this.leases.get(experimentId);
    return lease?.attemptId === attemptId ? lease : undefined;
  }

  /** In the order of their ids. */
  select({ statuses, ids, where, limit }: Selection = {}): Experiment[] {
    const chosen = [...this.experiments.values()].filter(
      (experiment) =>
        (statuses?.includes(experiment.status) ?? true) &&
        (ids?.some(([first, last]) => first <= experiment.id && experiment.id <= last) ?? true) &&
        (where === undefined || matches(where, experiment.toRow())),
    );
    return chosen.slice(0, limit);
  }

  /** A new experiment, unless there is one whose keyfields are stored the same. */
  insert(combination: Row, configuration?: ConfigurationRecord): Experiment | undefined {
    const experiment = this.#insert(combination, this.#lastId + 1);
    if (experiment && configuration) this.configurations.set(experiment.id, configuration);
    return experiment;
  }

  #insert(combination: Row, id: number): Experiment | undefined {
    const { keyfields } = this.study;
    const stored = keyfields.map((column) => toStored(combination[column.name], column));
    const key = JSON.stringify(stored.map(comparable));
    if (this.#idsByKey.has(key)) return undefined;
    const values = keyfields.map((column, index) => [column.name, fromStored(stored[index], column)]);
    const experiment = new Experiment({
      id,
      keyfields: Object.fromEntries(values),
      results: blank(this.study),
      creationDate: this.date,
    });
    this.#lastId = Math.max(this.#lastId, id);
    this.#idsByKey.set(key, id);
    this.experiments.set(id, experiment);
    return experiment;
  }

  /** The ended attempts of an experiment, in their order. */
  history(experimentId: number): Mutable<Attempt>[] {
    const known = this.#attempts.get(experimentId) ?? [];
    this.#attempts.set(experimentId, known);
    return known;
  }

  /** Lost attempts that count. */
  losses(experimentId: number): number {
    const lost = this.#attempts
      .get(experimentId)
      ?.filter(({ outcome, superseded }) => outcome === 'lost' && !superseded);
    return lost?.length ?? 0;
  }

  logtable(name: string): Row[] {
    const logtable = this.study.logtables.find((candidate) => candidate.name === name);
    if (logtable) {
      const rows = this.#logs.get(name) ?? [];
      this.#logs.set(name, rows);
      return rows;
    }
    const names = this.study.logtables.map((known) => known.name).join(', ') || 'none';
    throw new ExperimenterError('FIELD_UNKNOWN', `${name} is not a logtable of the study; there are: ${names}`);
  }

  /** An experiment begins from nothing: the log rows of its earlier attempts go. */
  dropLogs(experimentId: number): void {
    for (const [name, rows] of this.#logs) {
      this.#logs.set(
        name,
        rows.filter((row) => row['experiment_id'] !== experimentId),
      );
    }
  }

  /** What a paused experiment has, before it is resumed. */
  pausedState(experiment: Experiment): PausedState {
    const row = new Experiment(experiment);
    const own = (rows: readonly Row[]) => rows.filter((log) => log['experiment_id'] === experiment.id);
    return { row, logs: new Map([...this.#logs].map(([name, rows]) => [name, own(rows)])) };
  }

  /** Its results and log rows are again what they were; `whole`: all else of it, too. */
  restore(experiment: Experiment, { row, logs }: PausedState, whole: boolean): void {
    if (whole) Object.assign(experiment, row);
    else experiment.results = row.results;
    this.dropLogs(row.id);
    for (const [name, rows] of logs) {
      const all = [...(this.#logs.get(name) ?? []), ...rows];
      this.#logs.set(
        name,
        all.sort((one, other) => Number(one['ID']) - Number(other['ID'])),
      );
    }
  }

  /** The experiment is gone, with everything about it. */
  delete(id: number): void {
    this.dropLogs(id);
    this.#attempts.delete(id);
    this.experiments.delete(id);
    for (const [key, known] of this.#idsByKey) if (known === id) this.#idsByKey.delete(key);
  }

  /** Throws `SCHEMA_MISMATCH` unless the study can work on these tables. What it does not know is left to others, but for keyfields. */
  check(study: StudyDefinition): void {
    const unknown = this.study.keyfields.filter(({ name }) => !study.keyfields.some((column) => column.name === name));
    const problems = [
      ...unknown.map(({ name }) => `keyfield ${name} is in the table, but not in the study`),
      ...retyped('keyfield', this.study.keyfields, study.keyfields),
      ...retyped('resultfield', this.study.resultfields, study.resultfields),
      ...study.logtables.flatMap(({ name, columns }) => {
        const known = this.study.logtables.find((logtable) => logtable.name === name);
        return retyped(`column of logtable ${name}`, known?.columns ?? [], columns);
      }),
    ];
    if (problems.length > 0) throw new ExperimenterError('SCHEMA_MISMATCH', `${study.table}: ${problems.join('; ')}`);
  }

  /** Adds what the study has gained: NULL in every row there is, and in keyfields their default. */
  grow(study: StudyDefinition, defaults: Row): void {
    const gained = study.keyfields.filter(({ name }) => !this.study.keyfields.some((known) => known.name === name));
    const undecided = gained.filter(({ name }) => defaults[name] === undefined).map(({ name }) => name);
    if (this.experiments.size > 0 && undecided.length > 0) {
      throw new ExperimenterError(
        'SCHEMA_MISMATCH',
        `${study.table} has experiments: no default for ${undecided.join(', ')}`,
      );
    }
    this.study = joined(this.study, study);
    const values = Object.fromEntries(gained.map(({ name }) => [name, defaults[name] ?? null]));
    const old = [...this.experiments.values()];
    this.experiments.clear();
    this.#idsByKey.clear();
    for (const { id, keyfields, results, ...rest } of old) {
      const grown = this.#insert({ ...keyfields, ...values }, id);
      if (grown) Object.assign(grown, rest, { results: { ...blank(this.study), ...results } });
    }
    for (const { name, columns } of this.study.logtables) {
      const nulls = Object.fromEntries(columns.map((column) => [column.name, null]));
      this.#logs.set(
        name,
        this.logtable(name).map((row) => ({ ...nulls, ...row })),
      );
    }
  }
}

/** The form of DATETIME columns. */
export const seconds = (instant: string): string => instant.slice(0, 19);

/** Results before anything was reported. */
const blank = (study: StudyDefinition): Row => Object.fromEntries(resultColumnNames(study).map((name) => [name, null]));

/** Tells text from numbers, and NULL from the text "null". */
const comparable = (stored: StoredValue): string => (typeof stored === 'string' ? `'${stored}` : String(stored));

const retyped = (what: string, table: readonly Column[], study: readonly Column[]): string[] =>
  table.flatMap(({ name, type }) => {
    const same = study.find((column) => column.name === name);
    return same === undefined || same.type.sql === type.sql
      ? []
      : [`${what} ${name} is ${type.sql} in the table and ${same.type.sql} in the study`];
  });

/** What the table has, and what the study adds to it. */
const joined = (table: StudyDefinition, study: StudyDefinition): StudyDefinition => ({
  ...study,
  resultfields: both(table.resultfields, study.resultfields),
  resultTimestamps: table.resultTimestamps || study.resultTimestamps,
  logtables: both(table.logtables, study.logtables).map(({ name, columns }) => {
    const added = study.logtables.find((logtable) => logtable.name === name);
    return { name, columns: both(columns, added?.columns ?? []) };
  }),
});

const both = <Named extends { readonly name: string }>(one: readonly Named[], other: readonly Named[]): Named[] => [
  ...one,
  ...other.filter(({ name }) => !one.some((known) => known.name === name)),
];
