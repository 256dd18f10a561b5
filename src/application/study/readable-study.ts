import type { Attempt } from '../../domain/experiment/attempt.ts';
import type { RunnerRecord } from '../../domain/experiment/runner.ts';
import { type Experiment, ExperimentStatus } from '../../domain/experiment/experiment.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { parseFilter } from '../../domain/filter/parse-filter.ts';
import type { RowOrder, Selection } from '../../domain/repository/selection.ts';
import type { StatusCounts, ValuePages } from '../../domain/repository/study-reader.ts';
import type { Finding, TableNames } from '../../domain/repository/study-store.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import { tableColumnNames } from '../../domain/study/table-layout.ts';
import type { Row } from '../../domain/values/column.ts';
import { durationFields } from '../analysis/durations.ts';
import { errorReport, type ErrorReport } from '../analysis/error-groups.ts';
import { ErrorKinds } from '../analysis/error-kinds.ts';
import type { ExperimenterParts } from '../ports/experimenter-parts.ts';
import { planFields, planOf, type StudyPlan } from './plan.ts';
import type { ExperimentStory, RunningExperiment, StudyStatus } from './reports.ts';
import { withoutResults, type WithoutResults } from './without-results.ts';

/** Kinds of errors in the status of a study. */
const MOST_STATUS_KINDS = 10;
/** The status looks at the kinds of so many different errors, the most frequent ones. */
const MOST_LINES = 10_000;

/** What reading a study needs. */
export type ReadingParts = Pick<ExperimenterParts, 'study' | 'grid' | 'runner' | 'repository'>;

/** A study that can be read: its state, its rows, its history. Nothing here changes anything. */
export class ReadableStudy {
  readonly study: StudyDefinition;
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.study = parts.study;
    this.#parts = parts;
  }

  /**
   * Selects the experiments for which an expression of the filter language holds, `kernel = rbf and seed < 3`. Throws
   * `USAGE` with the place of the mistake.
   */
  where(expression: string): Selection {
    return { where: parseFilter(expression, tableColumnNames(this.study)) };
  }

  /** Whether the study has its table. Throws `SCHEMA_MISMATCH` if the table is another study's. */
  async exists(): Promise<boolean> {
    return this.#parts.repository.exists();
  }

  /** Throws `SCHEMA_MISMATCH` if the study's table exists and a run would refuse it. Changes nothing. */
  async verify(): Promise<void> {
    await this.#parts.repository.verify();
  }

  /**
   * The study with the columns that can be read. If it was opened with `readOnly`, these are the columns of the tables, with
   * those that the study does not declare. Throws `SCHEMA_MISMATCH` if there are no tables.
   */
  async readable(): Promise<StudyDefinition> {
    return this.#parts.repository.readable();
  }

  /** The tables that `delete` drops, even if the main table is gone, and those that only have names of the study. */
  async tables(): Promise<TableNames> {
    return this.#parts.repository.tables();
  }

  /** What a fill would add, keep and leave orphaned, and how long the open experiments will take. Changes nothing. */
  async plan(): Promise<StudyPlan> {
    const { grid, runner, repository } = this.#parts;
    const source = (await this.exists())
      ? { pages: repository.values(planFields(this.study)), attempts: repository.historyValues(durationFields) }
      : undefined;
    return planOf(this.study, grid, runner.workers, source);
  }

  /** How many experiments have each status, of all or of the selected. */
  async counts(selection?: Selection): Promise<StatusCounts> {
    return this.#parts.repository.counts(selection);
  }

  /** Settings of the database that make results less safe, and how to change them. Needs no tables. */
  async findings(): Promise<readonly Finding[]> {
    return this.#parts.repository.findings();
  }

  /**
   * The experiments that are done without any of the results that the study declares: usually a mistake in the experiment.
   * Reads all done ones. Undefined: the study declares no results, or more than 250,000 are done.
   * `counts`: those of the study, if they are known.
   */
  async withoutResults(counts?: StatusCounts): Promise<WithoutResults | undefined> {
    const { repository } = this.#parts;
    return withoutResults(this.study, repository, (counts ?? (await repository.counts())).done);
  }

  /** Every registered runner that is not gone. */
  async runners(): Promise<readonly RunnerRecord[]> {
    return this.#parts.repository.runners();
  }

  async status(): Promise<StudyStatus> {
    const { repository } = this.#parts;
    const counts = await repository.counts();
    const runners = await repository.runners();
    const foreign = await repository.foreign();
    const kinds = new ErrorKinds();
    for (const { message, exampleId, count } of await repository.errors(MOST_LINES))
      kinds.add(message, exampleId, count);
    const errors = kinds.sorted().slice(0, MOST_STATUS_KINDS);
    return { study: this.study.table, counts, runners, foreign, errors };
  }

  /** The first `limit` experiments that run now under leases, by their ids. */
  async running(limit: number): Promise<readonly RunningExperiment[]> {
    const leases = await this.#parts.repository.leases(undefined, limit);
    const names = this.study.keyfields.map(({ name }) => name);
    const rows = new Map<number, Row>();
    const ids = leases.map(({ experimentId }) => [experimentId, experimentId] as const);
    if (ids.length > 0)
      for await (const page of this.values(['ID', ...names], { ids }))
        for (const [id, ...values] of page)
          rows.set(Number(id), Object.fromEntries(names.map((name, at) => [name, values[at] ?? null])));
    return leases.map((lease) => ({ lease, keyfields: rows.get(lease.experimentId) ?? {} }));
  }

  /** The failed among the selected by kinds of errors, compared with the others that have ended. */
  async errors(selection: Selection = {}): Promise<ErrorReport> {
    const failed = [ExperimentStatus.Error];
    const ended = [ExperimentStatus.Done, ExperimentStatus.Error, ExperimentStatus.Paused];
    const among = await this.#withoutLimit({ ...selection, statuses: ended });
    return errorReport(this.study, (fields, which) =>
      this.values(fields, { ...among, statuses: which === 'ended' ? ended : failed }),
    );
  }

  /** The same experiments by their ids instead of their number, so that they can be narrowed further. */
  async #withoutLimit(selection: Selection): Promise<Selection> {
    const { limit, ids = [[1, Number.MAX_SAFE_INTEGER]], ...others } = selection;
    if (limit === undefined) return selection;
    let last = 0;
    for await (const page of this.values(['ID'], selection)) last = Number(page.at(-1)?.[0]);
    return { ...others, ids: ids.map(([from, to]) => [from, Math.min(to, last)] as const) };
  }

  /** Experiments in the order of their ids, streamed in constant memory, or in another order. Throws `FIELD_UNKNOWN`. */
  list(selection: Selection = {}, order?: RowOrder): AsyncIterable<Experiment> {
    return this.#parts.repository.list(selection, order);
  }

  /**
   * Some columns of the selected experiments, in pages, by id or in another order: any number of rows in constant memory,
   * as far as the order is that of the ids. Throws `FIELD_UNKNOWN`.
   */
  values(fields: readonly string[], selection: Selection = {}, order?: RowOrder): ValuePages {
    return this.#parts.repository.values(fields, selection, order);
  }

  /** The rows of the study's table as PyExperimenter would show them: every column by its name. */
  async rows(selection: Selection = {}): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const experiment of this.list(selection)) rows.push(experiment.toRow());
    return rows;
  }

  /** The rows of a logtable. Throws `FIELD_UNKNOWN`. */
  logs(logtable: string, experimentId?: number): AsyncIterable<Row> {
    return this.#parts.repository.logs(logtable, experimentId);
  }

  /** Some columns of a logtable, in pages, oldest first: any number of rows in constant memory. Throws `FIELD_UNKNOWN`. */
  logValues(logtable: string, fields: readonly string[], experimentId?: number): ValuePages {
    return this.#parts.repository.logValues(logtable, fields, experimentId);
  }

  /** Energy and carbon of every attempt, by PyExperimenter's column names; none where they were never recorded. */
  emissions(experimentId?: number): AsyncIterable<Row> {
    return this.#parts.repository.emissions(experimentId);
  }

  /** The ended attempts of one experiment, or of all, by experiment and number. */
  async *attempts(experimentId?: number): AsyncIterable<Attempt> {
    const { repository } = this.#parts;
    yield* experimentId === undefined ? repository.history() : await repository.attempts(experimentId);
  }

  /** Some columns of the ended attempts, in pages, by experiment and number: any number of rows in constant memory. */
  attemptValues(fields: readonly string[], experimentId?: number): ValuePages {
    return this.#parts.repository.historyValues(fields, experimentId);
  }

  /** Throws `NOT_FOUND`. */
  async show(id: number): Promise<ExperimentStory> {
    const { repository } = this.#parts;
    const experiment = await foundExperiment(this.#parts, id);
    const attempts = await repository.attempts(id);
    const lease = await repository.lease(id);
    const logs: Record<string, Row[]> = {};
    for (const { name } of this.study.logtables) logs[name] = await Array.fromAsync(repository.logs(name, id));
    return { experiment, attempts, lease, logs, provenance: await repository.provenance(id) };
  }
}

/** Throws `NOT_FOUND`. */
export const foundExperiment = async ({ study, repository }: ReadingParts, id: number): Promise<Experiment> => {
  const experiment = await repository.find(id);
  if (experiment) return experiment;
  throw new ExperimenterError('NOT_FOUND', `the study ${study.table} has no experiment ${id}`);
};
