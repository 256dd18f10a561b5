import type { Row, Value } from '../values/column.ts';
import type { ExperimentStatus } from './experiment.ts';

/** The input of an experiment function. */
export interface ExperimentInput<Keyfields = Row> {
  readonly keyfields: Keyfields;
  /** The study's `custom` section. */
  readonly custom: Readonly<Record<string, unknown>>;
  /** Aborted shortly before the execution is killed: by its timeout, by a second Ctrl-C, or because its lease was lost. */
  readonly signal: AbortSignal;
}

/** What an experiment function can do while it runs. All calls are synchronous, and allowed anywhere in the function. */
export interface ExperimentContext<Results = Row, Logs = Readonly<Record<string, Row>>> {
  readonly experimentId: number;
  /** 1 for the first execution of this experiment, 2 for the next … */
  readonly attempt: number;
  /** Writes some resultfields now; the last write of a field wins. Throws `FIELD_UNKNOWN` and `VALUE_REFUSED`. */
  report(results: Partial<Results>): void;
  /**
   * Appends a row to a logtable, or several rows: all of them, or none. The rows are read at once and never changed.
   * Throws `FIELD_UNKNOWN` and `VALUE_REFUSED`.
   */
  log<Name extends keyof Logs & string>(
    logtable: Name,
    rows: Partial<Logs[Name]> | readonly Partial<Logs[Name]>[],
  ): void;
  /** Reports progress: a fraction from 0 to 1, or any small JSON value. It is shown, and kept only while the attempt runs. */
  progress(progress: Value): void;
  /** Says that the experiment is alive. For information: the runner keeps the lease. */
  heartbeat(): void;
}

/** Results, or nothing, or `ExperimentStatus.Paused`. */
export type ExperimentReturn<Results = Row> =
  | Partial<Results>
  | undefined
  | void
  | typeof ExperimentStatus.Paused
  | typeof ExperimentStatus.Done
  | typeof ExperimentStatus.Error;

/** The user's code: one execution of one experiment. What it throws is recorded as the experiment's `error`. */
export type ExperimentFunction<Keyfields = Row, Results = Row, Logs = Readonly<Record<string, Row>>> =
  // The type of a method: TypeScript compares its parameters in both ways, so a function of typed keyfields is one of rows.
  {
    experiment(
      input: ExperimentInput<Keyfields>,
      context: ExperimentContext<Results, Logs>,
    ): ExperimentReturn<Results> | Promise<ExperimentReturn<Results>>;
  }['experiment'];

/**
 * Gives an experiment function its types; returns it unchanged.
 *
 * @example
 * export default defineExperiment<{ seed: number }, { accuracy: number }>(({ keyfields }) => ({ accuracy: train(keyfields.seed) }));
 */
export const defineExperiment = <Keyfields = Row, Results = Row, Logs = Readonly<Record<string, Row>>>(
  experiment: ExperimentFunction<Keyfields, Results, Logs>,
): ExperimentFunction<Keyfields, Results, Logs> => experiment;
