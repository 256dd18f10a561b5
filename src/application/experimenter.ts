import type { Alteration, AlterationWishes } from '../domain/repository/alteration.ts';
import type { Attempt } from '../domain/experiment/attempt.ts';
import type { RunnerRecord } from '../domain/experiment/runner.ts';
import type { Row, Value } from '../domain/values/column-type.ts';
import { ExperimenterError } from '../domain/errors.ts';
import type { RowOrder, Selection } from '../domain/repository/selection.ts';
import type { StatusCounts, ValuePages } from '../domain/repository/study-reader.ts';
import type { FillSummary, Finding, TableNames } from '../domain/repository/study-store.ts';
import { type Experiment, ExperimentStatus } from '../domain/experiment/experiment.ts';
import { parseFilter } from '../domain/filter/parse-filter.ts';
import { combinations, gridSize } from '../domain/grid/combinations.ts';
import { checkedRow, product } from '../domain/grid/rows.ts';
import { type StudyDefinition, tableColumnNames } from '../domain/study/define-study.ts';
import { attachTo, type Attached } from './study/attach.ts';
import { type ClaimableStatus, claimsAmong } from './study/claim-selection.ts';
import { errorReport, type ErrorReport } from './analysis/error-groups.ts';
import { durationFields } from './analysis/durations.ts';
import { ErrorKinds } from './analysis/error-kinds.ts';
import { execute, type ExecuteOptions, sourceOf } from './runner/execute.ts';
import type { ExperimenterParts } from './ports/experimenter-parts.ts';
import { gridDigest } from './study/grid-digest.ts';
import type { RunSummary } from './runner/run-events.ts';
import type { ClaimSource } from './runner/run.ts';
import { planFields, planOf, type StudyPlan } from './study/plan.ts';
import { withoutResults, type WithoutResults } from './study/without-results.ts';
import type { ExperimentStory, RunningExperiment, StudyStatus } from './study/reports.ts';

/** Kinds of errors in the status of a study. */
const MOST_STATUS_KINDS = 10;
/** Different errors, the most frequent, whose kinds are looked at for it. */
const MOST_LINES = 10_000;

/**
 * A study: described, filled, executed, looked at. The one door to everything, for the command line and for other
 * programs alike. Any number of instances, in any number of processes, may work on the same study.
 */
export class Experimenter {
  readonly study: StudyDefinition;
  readonly #parts: ExperimenterParts;
  /** The tables were there at some time since this was opened. */
  #prepared = false;

  constructor(parts: ExperimenterParts) {
    this.study = parts.study;
    this.#parts = parts;
  }

  // --- filling

  /** Creates the tables, or what they lack, and adds no experiment. Throws `SCHEMA_MISMATCH` before changing anything. */
  async create(): Promise<void> {
    await this.#prepare();
  }

  /** The same as `delete`, and creates the tables, empty. */
  async recreate(confirmed?: readonly string[]): Promise<readonly string[]> {
    const dropped = await this.delete(confirmed);
    await this.create();
    return dropped;
  }

  /** Adds every combination of the configured grid that is not there yet, creating the tables if need be. */
  async fillFromConfig(): Promise<FillSummary> {
    await this.#prepare();
    return this.#fillGrid(gridDigest(this.study, this.#parts.grid));
  }

  /**
   * The same without looking for each combination, if an earlier fill has found or made them all and no experiment has
   * come or gone since: what a runner begins with. Keyfields that were changed by hand are seen by `fillFromConfig` alone.
   */
  async ensureFilled(): Promise<FillSummary> {
    const { grid, repository } = this.#parts;
    await this.#prepare();
    const digest = gridDigest(this.study, grid);
    if (!(await repository.isFilled(digest))) return this.#fillGrid(digest);
    return { added: 0, existing: gridSize(this.study, grid) };
  }

  async #fillGrid(digest: string): Promise<FillSummary> {
    const { grid, repository, configuration } = this.#parts;
    return repository.fill(combinations(this.study, grid), configuration, digest);
  }

  /**
   * Adds the product of `parameters` with each of the `fixed` combinations, which are never crossed with each other.
   * Throws `STUDY_INVALID` unless each result has exactly the study's keyfields.
   */
  async fillFromCombinations(grid: {
    readonly parameters?: Readonly<Record<string, readonly Value[]>>;
    readonly fixed?: readonly Row[];
  }): Promise<FillSummary> {
    return this.#fill(product(this.study, grid.parameters ?? {}, grid.fixed ?? [{}], this.#parts.grid.order));
  }

  /** Adds these rows; all are checked (`STUDY_INVALID`, `VALUE_REFUSED`, naming row and key) before the first is added. */
  async fillWithRows(rows: readonly Row[]): Promise<FillSummary> {
    return this.#fill(rows.map((row, index) => checkedRow(this.study, row, `row ${index + 1}`)));
  }

  async #fill(rows: Iterable<Row>): Promise<FillSummary> {
    await this.#prepare();
    return this.#parts.repository.fill(rows, this.#parts.configuration);
  }

  async #prepare(): Promise<void> {
    const fields = Object.entries(this.#parts.grid.keyfields);
    const defaults = fields.flatMap(([name, field]) =>
      field.default === undefined ? [] : [[name, field.default] as const],
    );
    await this.#parts.repository.prepare(Object.fromEntries(defaults));
    this.#prepared = true;
  }

  /** For what executes: usually a fill has gone before. */
  async #prepareOnce(): Promise<void> {
    if (!this.#prepared) await this.#prepare();
  }

  // --- executing

  /** Refuses an experiment that cannot be executed at all: `MODULE_INVALID`. Touches nothing. */
  async checkExperiment(options: ExecuteOptions = {}): Promise<void> {
    const source = sourceOf(this.#parts, options);
    if (source !== this.#parts.checked) await this.#parts.workerPools.check(source);
  }

  /** Fills from the configuration, then executes until nothing is open. */
  async run(options: ExecuteOptions = {}): Promise<RunSummary & FillSummary> {
    await this.checkExperiment(options);
    const filled = await this.ensureFilled();
    return { ...filled, ...(await execute(this.#parts, options)) };
  }

  /**
   * Claims and executes open experiments until none is left, or as many as the options say; fewer than those are no
   * error. Throws `STATE_CONFLICT` if `selection` names ids none of which is open.
   */
  async execute(options: ExecuteOptions = {}): Promise<RunSummary> {
    await this.checkExperiment(options);
    await this.#prepareOnce();
    return options.selection
      ? this.#executeChosen(options.selection, 'created', options)
      : execute(this.#parts, options);
  }

  /** Adds one experiment and executes it here; nobody else can claim it. Throws `STATE_CONFLICT` if it exists already. */
  async addAndExecute(keyfields: Row, options: ExecuteOptions = {}): Promise<RunSummary> {
    const row = checkedRow(this.study, keyfields, 'keyfields');
    await this.checkExperiment(options);
    await this.#prepareOnce();
    return this.#executeOne(options, async (repository, runnerId) => {
      const claimed = await repository.addAndClaim(runnerId, row, this.#parts.configuration);
      if (!claimed)
        throw new ExperimenterError(
          'STATE_CONFLICT',
          'an experiment with these keyfields exists already: execute or reset it',
        );
      return [claimed];
    });
  }

  /**
   * Continues a paused experiment, or all paused ones of a selection, with the same or another function. Throws
   * `NOT_FOUND` and `STATE_CONFLICT` if the one, or none of the ids of a selection, is paused.
   */
  async resume(which: number | Selection, options: ExecuteOptions = {}): Promise<RunSummary> {
    if (typeof which === 'number') return this.#executeOnly(which, ExperimentStatus.Paused, options);
    await this.checkExperiment(options);
    return this.#executeChosen(which, ExperimentStatus.Paused, options);
  }

  async #executeChosen(selection: Selection, status: ClaimableStatus, options: ExecuteOptions): Promise<RunSummary> {
    return execute(this.#parts, options, await claimsAmong(this.#parts.repository, selection, status));
  }

  async #executeOnly(id: number, status: 'created' | 'paused', options: ExecuteOptions): Promise<RunSummary> {
    await this.checkExperiment(options);
    const experiment = await this.#found(id);
    const conflict = () =>
      new ExperimenterError(
        'STATE_CONFLICT',
        `experiment ${id} is ${experiment.status}, not ${status}, or somebody else has just taken it`,
      );
    if (experiment.status !== status) throw conflict();
    return this.#executeOne(options, async (repository, runnerId) => {
      const claimed = await repository.claim({ runnerId, count: 1, only: { ids: [id], status } });
      if (claimed?.length === 0) throw conflict();
      return claimed;
    });
  }

  async #executeOne(options: ExecuteOptions, only: ClaimSource): Promise<RunSummary> {
    return execute(this.#parts, { ...options, workers: 1, maxExperiments: 1 }, only);
  }

  /** Reports and logs for an experiment that another process runs. Throws `STATE_CONFLICT` if it is not running under a lease. */
  async attach(id: number): Promise<Attached> {
    return attachTo(this.#parts.repository, this.study, id);
  }

  // --- the user's verbs

  /** Selected experiments are `created` again; ids and history stay, results go. Whatever runs under a lease is left alone. */
  async reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }> {
    return this.#parts.repository.reset(selection);
  }

  /** Resets the failed ones among the selected. */
  async retry(selection: Selection = {}): Promise<{ readonly reset: number; readonly leased: number }> {
    return this.reset({ ...selection, statuses: [ExperimentStatus.Error] });
  }

  /** The selected experiments are gone, with results, logs and history; whatever runs under a lease is left alone. */
  async deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }> {
    return this.#parts.repository.deleteExperiments(selection);
  }

  /**
   * Drops every table that is proved to be the study's own, and answers which. Throws `STATE_CONFLICT` before dropping
   * anything if these are not the `confirmed` ones.
   */
  async delete(confirmed?: readonly string[]): Promise<readonly string[]> {
    this.#prepared = false;
    return this.#parts.repository.drop(confirmed);
  }

  // --- reading

  /**
   * The experiments for which an expression of the filter language holds, `kernel = rbf and seed < 3`: what every method
   * that selects takes. Throws `USAGE` with the place of the mistake.
   */
  where(expression: string): Selection {
    return { where: parseFilter(expression, tableColumnNames(this.study)) };
  }

  /** Whether the study has its table. Throws `SCHEMA_MISMATCH` if the table is another study's. */
  async exists(): Promise<boolean> {
    return this.#parts.repository.exists();
  }

  /** Throws `SCHEMA_MISMATCH` if the study's table is there, and a run would refuse it; changes nothing. */
  async verify(): Promise<void> {
    await this.#parts.repository.verify();
  }

  /**
   * The study whose columns are read: where it was opened with `readOnly`, as the tables are, with columns that it does not
   * declare. Throws `SCHEMA_MISMATCH` if there are none.
   */
  async readable(): Promise<StudyDefinition> {
    return this.#parts.repository.readable();
  }

  /**
   * What has to become of columns so that the study can work on its tables: fields of another type, or in another case, and
   * what else is wished. Values are converted to see whether they fit; nothing is changed. Throws `USAGE`, `SCHEMA_MISMATCH`.
   */
  async alterations(wishes: AlterationWishes = {}): Promise<readonly Alteration[]> {
    return (await this.#parts.repository.alterations?.(wishes)) ?? [];
  }

  /**
   * Does just that: all or nothing on SQLite, and of each table on MySQL. Throws `SCHEMA_MISMATCH` before altering anything
   * if a value does not fit; `STATE_CONFLICT` if the columns are not what they were, or, without `force`, if runners live.
   */
  async alter(alterations: readonly Alteration[], { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    this.#prepared = false;
    await this.#parts.repository.alter?.(alterations, force);
  }

  /** The tables that `delete` drops, also where the main table is gone, and those that only bear names of the study. */
  async tables(): Promise<TableNames> {
    return this.#parts.repository.tables();
  }

  /** What a fill would add, keep and leave orphaned, and how long the open experiments will take; touches nothing. */
  async plan(): Promise<StudyPlan> {
    const { grid, runner, repository } = this.#parts;
    const source = (await this.exists())
      ? { pages: repository.values(planFields(this.study)), attempts: repository.historyValues(durationFields) }
      : undefined;
    return planOf(this.study, grid, runner.workers, source);
  }

  /** How many experiments stand in each status, of all or of the selected. */
  async counts(selection?: Selection): Promise<StatusCounts> {
    return this.#parts.repository.counts(selection);
  }

  /** What about the database weakens the promise, and how to mend it. Needs no tables. */
  async findings(): Promise<readonly Finding[]> {
    return this.#parts.repository.findings();
  }

  /**
   * The experiments that are done without any of the results that the study declares: a mistake in the experiment, as a
   * rule. Looks through all done ones. Undefined: the study declares none, or more than 250,000 are done. `counts`: those of
   * the study, if they are known.
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

  /** What runs now under leases, by ids: the first `limit` of them. */
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
    const experiment = await this.#found(id);
    const attempts = await repository.attempts(id);
    const lease = await repository.lease(id);
    const logs: Record<string, Row[]> = {};
    for (const { name } of this.study.logtables) logs[name] = await Array.fromAsync(repository.logs(name, id));
    return { experiment, attempts, lease, logs, provenance: await repository.provenance(id) };
  }

  async #found(id: number): Promise<Experiment> {
    const experiment = await this.#parts.repository.find(id);
    if (experiment) return experiment;
    throw new ExperimenterError('NOT_FOUND', `the study ${this.study.table} has no experiment ${id}`);
  }

  /** Gives the connection back. */
  async close(): Promise<void> {
    await this.#parts.repository.close();
    await this.#parts.dispose?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
