import type { Alteration, AlterationWishes } from './alteration.ts';
import type {
  Attempt,
  AttemptOutcome,
  AttemptRef,
  Lease,
  Runner,
  RunnerRecord,
  WatchedRunner,
} from '../experiment/attempt.ts';
import type { Row, Value } from '../values/column-type.ts';
import type { Emissions } from '../experiment/emissions.ts';
import type { Experiment, ExperimentStatus, FinalStatus } from '../experiment/experiment.ts';
import type { Filter } from '../filter/parse-filter.ts';
import type { StudyDefinition } from '../study/study-shape.ts';

/** Which experiments a verb is about. Everything given must hold; nothing given means all. */
export interface Selection {
  readonly statuses?: readonly ExperimentStatus[];
  /** Inclusive ranges of ids. */
  readonly ids?: readonly (readonly [first: number, last: number])[];
  readonly where?: Filter;
  /** At most so many, lowest ids first. */
  readonly limit?: number;
}

/** The configuration that experiments are filled from, its secrets redacted. */
export interface ConfigurationRecord {
  /** Of the text. */
  readonly sha256: string;
  readonly text: string;
}

/** Where an experiment comes from, and who executed it. */
export interface Provenance {
  /** Undefined: it was added by PyExperimenter, or by a program that gave none. */
  readonly configuration: ConfigurationRecord | undefined;
  /** The runners of its attempts and its lease, by id; gone ones, too. */
  readonly runners: readonly Runner[];
}

/** By a column of the main table; equal ones by their ids. NULL is less than anything, text is compared by its bytes. */
export interface RowOrder {
  readonly column: string;
  readonly descending: boolean;
}

export interface FillSummary {
  readonly added: number;
  /** Were there already, or came twice. */
  readonly existing: number;
}

export interface ClaimRequest {
  readonly runnerId: string;
  /** At least 1. */
  readonly count: number;
  /** `random` starts at a random id; never a sort of the whole table. Default `id`. */
  readonly order?: 'id' | 'random';
  /** Only experiments of which at most so many `lost` attempts stand, superseded ones not counted. Default: any. */
  readonly maxLosses?: number;
  /** Only these experiments, from this status: how a paused one is resumed. */
  readonly only?: { readonly ids: readonly number[]; readonly status: 'created' | 'paused' };
}

/** A claimed experiment and the attempt that may write to it. */
export interface Claimed extends AttemptRef {
  readonly number: number;
  readonly keyfields: Row;
  /** It is resumed, and has results already. */
  readonly hasResults?: true;
}

/**
 * Everything one attempt has to say at one commit. Results and log rows are checked already: what the columns store
 * (`toStored`).
 */
export interface AttemptWrite extends AttemptRef {
  readonly results?: Row;
  readonly logs?: readonly { readonly logtable: string; readonly row: Row; readonly date: Date }[];
  /**
   * Names these log rows; made once by whoever puts the write together. A running attempt appends the rows of one id
   * once, however often the write is repeated; without an id, each time. Of several writes of an attempt in one call the
   * first id counts for all.
   */
  readonly logsId?: string;
  /** JSON text. */
  readonly progress?: string;
  readonly end?: AttemptEnd;
}

export interface AttemptEnd {
  readonly outcome: Exclude<AttemptOutcome, 'lost' | 'released'>;
  readonly status: FinalStatus;
  readonly error: string | null;
  /**
   * UTC, `YYYY-MM-DD HH:MM:SS.mmm`, by the runner's clock: information, nothing is decided by it. The experiment's end
   * date is the second of `endedAt`.
   */
  readonly startedAt: string;
  readonly endedAt: string;
  /**
   * The experiment is tried again by the same runner: the lease passes to this new attempt in the same commit. It stays
   * `running` and begins from nothing, or if it was resumed, with what it had then; only the history shows the failure.
   */
  readonly retryAs?: string;
  /** What the attempt consumed; only where the study records emissions. Written with the end, or not at all. */
  readonly emissions?: Emissions;
}

export interface WriteOutcome {
  /**
   * The attempts that hold no lease any more: nothing of them was written. Not those whose end stands in the history
   * already, by an earlier call with the same outcome.
   */
  readonly lost: readonly string[];
  /**
   * The attempts whose values the database refused, with its words: nothing of them was written, their leases stand.
   */
  readonly refused: readonly { readonly attemptId: string; readonly reason: string }[];
}

export interface Recovered extends AttemptRef {
  readonly number: number;
  readonly runnerId: string;
  /** `created`, `paused` if it was resumed, or `error` once `maxAttempts` attempts were lost. */
  readonly status: 'created' | 'paused' | 'error';
}

/** Something about the database that a user should know, and how to change it. */
export interface Finding {
  /** `error`: the promise does not hold here. `warning`: it holds, but for this. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
}

export type StatusCounts = Readonly<Record<ExperimentStatus, number>>;

/** The tables of a database that bear names of a study. */
export interface TableNames {
  /** Proved to be the study's own; the main table is the first, if it is there. */
  readonly own: readonly string[];
  /** Not the study's own, and why. */
  readonly others: readonly { readonly name: string; readonly why: string }[];
  /** How many rows the main table and the logtables among its own have; a logtable's are counted to 100,001. */
  readonly rows?: ReadonlyMap<string, number>;
}

/**
 * Where a study lives. The contract, kept by every implementation and tested by one suite (test/contract):
 *
 * - Any number of runners, in any number of processes, may call at once. Every method is one transaction or a
 *   series of them each of which can be repeated; a method that fails has either done nothing or can be called again
 *   with the same arguments (ids, made on this side of the connection, make it recognisable: an attempt's its end,
 *   `logsId` its log rows). Ends and leaves of what has ended or left already change nothing.
 * - **A lease is the right to write.** `claim` makes it, `write` needs it, and ends it with `end`; `release` and
 *   `recover` take it away. There is at most one per experiment, which is `running` while it has one. Losing it is an
 *   answer, not an exception. Nothing else fences: who was declared dead may write until `recover` takes its leases.
 * - Keyfields may be written in any way their columns take; they come back as the columns give them (`fromStored`), and
 *   are the same if they are stored the same: NULLs are equal, text is compared by its bytes.
 * - Time is the database's: no clock of a runner decides anything.
 * - Without tables, all but `prepare`, `exists`, `tables`, `drop` and `findings` throw `SCHEMA_MISMATCH`.
 * - Unreachable: `DATABASE_UNREACHABLE`, and the caller may try again.
 */
export interface ExperimentRepository {
  // --- the tables
  /**
   * Creates what is missing, adds columns and logtables the study has gained: NULL in old rows, and in keyfields what
   * `defaults` says; a gained keyfield without a default is a mismatch as long as there are rows. Throws
   * `SCHEMA_MISMATCH` before changing anything: also for tables of another study, and for tables with rows whose main
   * table is not there. Drops nothing.
   */
  prepare(defaults?: Row): Promise<void>;
  /** Whether the main table exists. Throws `SCHEMA_MISMATCH` if it is another study's: one that cannot be read as this one. */
  exists(): Promise<boolean>;
  /**
   * Throws `SCHEMA_MISMATCH` if the main table is there, and one of its columns has another type, or is a keyfield that this
   * study has not; what `prepare` would add is no mismatch, and what the study does not know neither. Changes nothing.
   */
  verify(): Promise<void>;
  /**
   * What has to become of columns so that the study can work on its tables (other types, other cases of names), and what
   * else is wished. Changes nothing. A repository without columns has neither this nor `alter`. Throws `USAGE`, and
   * `SCHEMA_MISMATCH` for wishes by which values would be lost or experiments be the same.
   */
  alterations?(wishes: AlterationWishes): Promise<readonly Alteration[]>;
  /**
   * Does just that, all or nothing of each table. Throws `SCHEMA_MISMATCH` before altering anything if there are values that
   * do not fit, `STATE_CONFLICT` if the columns are not what they were, or, without `force`, if runners live.
   */
  alter?(alterations: readonly Alteration[], force: boolean): Promise<void>;
  /** What `drop` would drop, also where the main table is gone. */
  tables(): Promise<TableNames>;
  /**
   * Drops every table that is proved to be the study's own, logtables of earlier configurations too; answers which. Throws
   * `STATE_CONFLICT` before dropping anything if these are not the `confirmed` ones.
   */
  drop(confirmed?: readonly string[]): Promise<readonly string[]>;
  /**
   * Adds the combinations that are not there yet, as `created`, once each, in their order; also from many processes at
   * once. What is added remembers the configuration; `grid` names what the combinations are all of, for `isFilled`.
   */
  fill(combinations: Iterable<Row>, configuration?: ConfigurationRecord, grid?: string): Promise<FillSummary>;
  /**
   * Whether a fill has found or made all of this grid, and no experiment has come or gone since, whoever added or
   * deleted it: then there is nothing to fill. Keyfields changed by hand go unnoticed. False if that is not known.
   */
  isFilled(grid: string): Promise<boolean>;

  // --- the protocol
  /**
   * Makes a runner `active`; its lease of life runs `leaseSeconds` from now. A known id is left as it is: the dead do
   * not rise.
   */
  register(runner: Runner, leaseSeconds: number): Promise<void>;
  /**
   * Renews it, even if it has expired, and counts. False: it is unknown, gone or was declared dead; nothing it holds is
   * its own any more.
   */
  heartbeat(runnerId: string, leaseSeconds: number): Promise<boolean>;
  /**
   * `active` → `draining`, or → `gone`; throws `STATE_CONFLICT` if it would go with leases. A dead runner does not
   * drain.
   */
  leave(runnerId: string, state: 'draining' | 'gone'): Promise<void>;
  /**
   * Up to `count` open experiments are now `running` under leases of this runner: lowest ids first, though those opened
   * again since its last claim may come later. A resumed one keeps its start date, results and logs; any other begins from
   * nothing: what earlier attempts reported and logged is gone, also in fields and logtables of the tables that this
   * study does not have. Undefined: the runner is not active any more.
   */
  claim(request: ClaimRequest): Promise<readonly Claimed[] | undefined>;
  /**
   * Inserts this combination as `running` under a lease of this runner. Undefined: it exists already, in any status.
   * Throws `STATE_CONFLICT` if the runner is not active.
   */
  addAndClaim(runnerId: string, keyfields: Row, configuration?: ConfigurationRecord): Promise<Claimed | undefined>;
  /** Results, logs, progress and ends of any number of attempts in one commit; each attempt's wholly or not at all. */
  write(writes: readonly AttemptWrite[]): Promise<WriteOutcome>;
  /**
   * Gives leases back: the experiments are `created` again; or `paused` with all that they had, if they were resumed from
   * it, be it some tries ago. Started ones leave an attempt `released`, others no trace. What is not held any more is passed over.
   */
  release(attempts: readonly (AttemptRef & { readonly startedAt?: string })[], reason: string): Promise<void>;
  /** The leases of a runner, or of everybody, by experiment; the first `limit` of them. */
  leases(runnerId?: string, limit?: number): Promise<readonly Lease[]>;
  /** The lease of one experiment, if it has one. */
  lease(experimentId: number): Promise<Lease | undefined>;
  /** Every registered runner that is not `gone`. */
  runners(): Promise<readonly RunnerRecord[]>;
  /** The same runners, with no more than is needed to watch them: every runner asks at each heartbeat. */
  watchedRunners(): Promise<readonly WatchedRunner[]>;
  /**
   * `dead`, if it is active or draining, its heartbeat counter is still `heartbeats` and its lease has expired (or
   * `ignoreExpiry`). Answers whether it was this call.
   */
  declareDead(runnerId: string, heartbeats: number, ignoreExpiry?: boolean): Promise<boolean>;
  /**
   * Takes the leases of dead and missing runners away, in batches; the experiments are what `release` makes of them, or
   * given up. A dead runner that has none left is `gone`. `lost`
   * attempts that are not superseded count towards `maxAttempts`, nothing else does. Any runner may finish what another
   * began; each lease is in the answer of one call.
   */
  recover(maxAttempts: number): Promise<readonly Recovered[]>;

  // --- the user's verbs
  /**
   * The selected experiments are `created` again; ids, logs and history stay, superseded. Those among them under a
   * lease are left alone and counted.
   */
  reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }>;

  /**
   * The selected experiments are gone, with results, log rows and history. Those among them under a lease are left
   * alone and counted.
   */
  deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }>;

  // --- reading
  /**
   * The study whose columns `list`, `values` and `logs` give. Opened to be read alone, a repository takes its tables as
   * they are: with the types that the columns have, and with columns that the study does not declare; what is missing
   * beside the main table is empty, and columns that are missing are NULL.
   */
  readable(): Promise<StudyDefinition>;
  /** How many experiments stand in each status, all at one moment; of all, or of the selected. */
  counts(selection?: Selection): Promise<StatusCounts>;
  /** How many experiments are `running` without a lease: under a PyExperimenter process, or left behind by one. */
  foreign(): Promise<number>;
  /**
   * In the order of their ids, in constant memory; in any other order, the ids alone are held in memory. Throws
   * `FIELD_UNKNOWN` for a column that the table does not have.
   */
  list(selection?: Selection, order?: RowOrder): AsyncIterable<Experiment>;
  /**
   * These columns of the selected experiments, a page of rows after the other, in the order of their ids: what is not
   * asked for is not read. The values are those that `list` gives. Throws `FIELD_UNKNOWN`.
   */
  values(fields: readonly string[], selection?: Selection): AsyncIterable<readonly (readonly Value[])[]>;
  find(id: number): Promise<Experiment | undefined>;
  /** The ended attempts of an experiment, first to last. */
  attempts(experimentId: number): Promise<readonly Attempt[]>;
  provenance(experimentId: number): Promise<Provenance>;
  /** The ended attempts of all experiments, by experiment and number, in constant memory. */
  history(): AsyncIterable<Attempt>;
  /** The rows of a logtable with `ID`, `experiment_id` and `timestamp`, oldest first. Throws `FIELD_UNKNOWN`. */
  logs(logtable: string, experimentId?: number): AsyncIterable<Row>;
  /**
   * These columns of a logtable, a page of rows after the other, oldest first: what is not asked for is not read. The
   * values are those that `logs` gives. Throws `FIELD_UNKNOWN`.
   */
  logValues(logtable: string, fields: readonly string[]): AsyncIterable<readonly (readonly Value[])[]>;
  /**
   * The rows of `<table>_codecarbon` by PyExperimenter's column names, oldest first; they outlive a reset. None where
   * emissions were never recorded, whatever the study says now.
   */
  emissions(experimentId?: number): AsyncIterable<Row>;
  /** Failed experiments grouped by the line that tells their error (`errorLine`, 1,000 characters), most frequent first. */
  errors(
    limit: number,
  ): Promise<readonly { readonly message: string; readonly count: number; readonly exampleId: number }[]>;
  /**
   * What about the database weakens the promise; changes nothing, and needs no tables. Throws `STUDY_INVALID` for tables
   * that are wider than the database takes.
   */
  findings(): Promise<readonly Finding[]>;
  close(): Promise<void>;
}
