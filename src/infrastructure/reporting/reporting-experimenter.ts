import { Experimenter } from '../../application/experimenter.ts';
import type { ExperimenterParts } from '../../application/ports/experimenter-parts.ts';
import type { Selection } from '../../domain/repository/selection.ts';
import type { Plot } from './plots/kinds.ts';
import type { PlotForm, PlotOptions } from './plots/plot-options.ts';
import type { DataFrame } from '../export/data-frame.ts';
import type { EvaluationTable } from '../../application/evaluation/table.ts';
import type { TableForm } from './tables/render-table.ts';
import type { Layout } from './tables/layout.ts';
import type { TableOptions } from '../../application/evaluation/question.ts';

/**
 * The facade with data frames, evaluation tables and plots. They need packages, which the application must not import.
 * Each package is loaded at the first call, so that a run does not load it.
 */
export class ReportingExperimenter extends Experimenter {
  readonly #parts: ExperimenterParts;

  constructor(parts: ExperimenterParts) {
    super(parts);
    this.#parts = parts;
  }

  /**
   * The selected experiments as a data frame, an Arquero `ColumnTable` with the columns of the database. It can group,
   * aggregate, join, derive, pivot and export to Arrow. JSON columns hold their values, dates are text. If a column has
   * a bigint, all its numbers are bigints.
   */
  async table(selection: Selection = {}): Promise<DataFrame> {
    const { experimentFrame } = await import('../export/data-frame.ts');
    return experimentFrame(await this.readable(), (fields) => this.values(fields, selection));
  }

  /** The rows of a logtable as a data frame; `experiment_id` is the `ID` of `table()`. Throws `FIELD_UNKNOWN`. */
  async logtable(name: string): Promise<DataFrame> {
    const { logFrame } = await import('../export/data-frame.ts');
    return logFrame(await this.readable(), name, (fields) => this.logValues(name, fields));
  }

  /** Energy and carbon of every attempt as a data frame; it has no rows if nothing was recorded. */
  async emissionsTable(): Promise<DataFrame> {
    const { emissionsFrame } = await import('../export/data-frame.ts');
    return emissionsFrame(this.emissions());
  }

  /**
   * Aggregated results: rows × columns of keyfields, aggregated over the others. Only experiments that are done count.
   * Incomplete cells are marked. Reads the needed columns once. Throws `USAGE` and `FIELD_UNKNOWN`.
   */
  async evaluationTable(options: TableOptions = {}): Promise<EvaluationTable> {
    const { evaluate } = await import('../../application/evaluation/evaluate.ts');
    return evaluate(this.#parts, options);
  }

  /** An evaluation table as text, Markdown, LaTeX, CSV, JSON or HTML. The caption says how it was computed. */
  async renderTable(
    table: EvaluationTable,
    form: TableForm,
    layout: Pick<Layout, 'digits' | 'width'> = {},
  ): Promise<string> {
    const { renderTable } = await import('./tables/render-table.ts');
    return renderTable(table, form, { ...layout, ...(await this.#provenance()) });
  }

  /**
   * The numbers of a plot: curves of a logtable, distributions, means, ranks. Throws `USAGE`, `FIELD_UNKNOWN`,
   * `NOT_FOUND`.
   */
  async plot(options: PlotOptions): Promise<Plot> {
    const { plotOf } = await import('./plots/kinds.ts');
    return plotOf(this, options, await this.#provenance());
  }

  /** The time, and the commit of the working directory, for captions. */
  async #provenance(): Promise<{ readonly date: Date; readonly commit: string | undefined }> {
    const { gitCommit, refusalText } = await import('../system/git.ts');
    const { commit, refused } = await gitCommit(process.cwd());
    if (refused !== undefined) this.#parts.log.warn(refusalText(refused));
    return { date: this.#parts.clock.date(), commit: commit?.slice(0, 12) };
  }

  /**
   * A plot as SVG, as PNG with 300 dots per inch, or as HTML page. Throws `USAGE` if the packages that draw are
   * missing.
   */
  async renderPlot(plot: Plot, form: PlotForm): Promise<string | Uint8Array> {
    const { renderPlot } = await import('./plots/render-plot.ts');
    return renderPlot(plot, form);
  }
}
