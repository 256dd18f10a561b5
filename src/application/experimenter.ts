import type { Alteration, AlterationWishes } from '../domain/repository/alteration.ts';
import type { Row } from '../domain/values/column.ts';
import { ExperimenterError } from '../domain/errors.ts';
import type { Selection } from '../domain/repository/selection.ts';
import type { FillSummary } from '../domain/repository/study-store.ts';
import { ExperimentStatus } from '../domain/experiment/experiment.ts';
import { checkedRow } from '../domain/grid/rows.ts';
import { attachTo, type Attached } from './study/attach.ts';
import { type ClaimableStatus, claimsAmong } from './study/claim-selection.ts';
import { execute, type ExecuteOptions, sourceOf } from './runner/execute.ts';
import type { ExperimenterParts } from './ports/experimenter-parts.ts';
import type { RunSummary } from './runner/run-events.ts';
import type { ClaimSource } from './runner/run.ts';
import { Fill, type GivenCombinations } from './study/fill.ts';
import { foundExperiment, ReadableStudy } from './study/readable-study.ts';

/**
 * A study: described, filled, executed, read. The only entrance for the command line and for other programs alike. Any
 * number of instances, in any number of processes, may work on the same study.
 */
export class Experimenter extends ReadableStudy {
  readonly #parts: ExperimenterParts;
  readonly #fill: Fill;

  constructor(parts: ExperimenterParts) {
    super(parts);
    this.#parts = parts;
    this.#fill = new Fill(parts);
  }

  // --- filling

  /** Creates the tables, or what they lack, and adds no experiment. Throws `SCHEMA_MISMATCH` before changing anything. */
  async create(): Promise<void> {
    await this.#fill.prepare();
  }

  /** The same as `delete`, and creates the tables, empty. */
  async recreate(confirmed?: readonly string[]): Promise<readonly string[]> {
    const dropped = await this.delete(confirmed);
    await this.create();
    return dropped;
  }

  /** Adds every combination of the configured grid that is not there yet, creating the tables if need be. */
  async fillFromConfig(): Promise<FillSummary> {
    return this.#fill.fromGrid();
  }

  /**
   * The same, but if an earlier fill has found or made all combinations and no experiment has come or gone since, it does
   * not look for each of them. A runner begins with this. Only `fillFromConfig` sees keyfields that were changed by hand.
   */
  async ensureFilled(): Promise<FillSummary> {
    return this.#fill.ensureGrid();
  }

  /**
   * Adds the product of `parameters` with each of the `fixed` combinations, which are never crossed with each other.
   * Throws `STUDY_INVALID` unless each result has exactly the study's keyfields.
   */
  async fillFromCombinations(grid: GivenCombinations): Promise<FillSummary> {
    return this.#fill.fromCombinations(grid);
  }

  /** Adds these rows; all are checked (`STUDY_INVALID`, `VALUE_REFUSED`, naming row and key) before the first is added. */
  async fillWithRows(rows: readonly Row[]): Promise<FillSummary> {
    return this.#fill.fromRows(rows);
  }

  // --- executing

  /** Refuses an experiment that cannot be executed at all: `MODULE_INVALID`. Touches nothing. */
  async checkExperiment(options: ExecuteOptions = {}): Promise<void> {
    await this.#parts.workerPools.check(sourceOf(this.#parts, options));
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
    await this.#fill.prepareOnce();
    return options.selection
      ? this.#executeChosen(options.selection, 'created', options)
      : execute(this.#parts, options);
  }

  /** Adds one experiment and executes it here; no other runner can claim it. Throws `STATE_CONFLICT` if it exists already. */
  async addAndExecute(keyfields: Row, options: ExecuteOptions = {}): Promise<RunSummary> {
    const row = checkedRow(this.study, keyfields, 'keyfields');
    await this.checkExperiment(options);
    await this.#fill.prepareOnce();
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
    const experiment = await foundExperiment(this.#parts, id);
    const conflict = () =>
      new ExperimenterError(
        'STATE_CONFLICT',
        `experiment ${id} is ${experiment.status}, not ${status}, or another runner has just taken it`,
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

  // --- changing

  /** Selected experiments are `created` again: ids and history stay, results go. What runs under a lease is left alone. */
  async reset(selection: Selection): Promise<{ readonly reset: number; readonly leased: number }> {
    return this.#parts.repository.reset(selection);
  }

  /** Resets the failed ones among the selected. */
  async retry(selection: Selection = {}): Promise<{ readonly reset: number; readonly leased: number }> {
    return this.reset({ ...selection, statuses: [ExperimentStatus.Error] });
  }

  /** Deletes the selected experiments with results, logs and history. What runs under a lease is left alone. */
  async deleteExperiments(selection: Selection): Promise<{ readonly deleted: number; readonly leased: number }> {
    return this.#parts.repository.deleteExperiments(selection);
  }

  /**
   * Drops every table that is proved to be the study's own, and returns their names. Throws `STATE_CONFLICT` before dropping
   * anything if these are not the `confirmed` ones.
   */
  async delete(confirmed?: readonly string[]): Promise<readonly string[]> {
    this.#fill.forgetPrepared();
    return this.#parts.repository.drop(confirmed);
  }

  /**
   * The alterations of columns that the study needs to work on its tables, and those that `wishes` adds: fields of another
   * type or in another case. Converts values to see whether they fit, and changes nothing. Throws `USAGE`, `SCHEMA_MISMATCH`.
   */
  async alterations(wishes: AlterationWishes = {}): Promise<readonly Alteration[]> {
    return (await this.#parts.repository.alterations?.(wishes)) ?? [];
  }

  /**
   * Makes these alterations: all or nothing on SQLite, and for each table on MySQL. Throws `SCHEMA_MISMATCH` before altering anything
   * if a value does not fit; `STATE_CONFLICT` if the columns are not what they were, or, without `force`, if runners live.
   */
  async alter(alterations: readonly Alteration[], { force = false }: { readonly force?: boolean } = {}): Promise<void> {
    this.#fill.forgetPrepared();
    await this.#parts.repository.alter?.(alterations, force);
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
