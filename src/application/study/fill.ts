import type { Row, Value } from '../../domain/values/column.ts';
import type { FillSummary } from '../../domain/repository/study-store.ts';
import { combinations, gridSize } from '../../domain/grid/combinations.ts';
import { checkedRow, product } from '../../domain/grid/rows.ts';
import type { ExperimenterParts } from '../ports/experimenter-parts.ts';
import { gridDigest } from './grid-digest.ts';

/** Combinations that are given by code. */
export interface GivenCombinations {
  readonly parameters?: Readonly<Record<string, readonly Value[]>>;
  readonly fixed?: readonly Row[];
}

/** Prepares the tables of a study, once, and adds experiments to them. */
export class Fill {
  readonly #parts: Pick<ExperimenterParts, 'study' | 'grid' | 'repository' | 'configuration'>;
  #prepared = false;

  constructor(parts: Pick<ExperimenterParts, 'study' | 'grid' | 'repository' | 'configuration'>) {
    this.#parts = parts;
  }

  /** Creates the tables, or what they lack. Throws `SCHEMA_MISMATCH` before changing anything. */
  async prepare(): Promise<void> {
    const { grid, repository } = this.#parts;
    const defaults = Object.entries(grid.keyfields).flatMap(([name, field]) =>
      field.default === undefined ? [] : [[name, field.default] as const],
    );
    await repository.prepare(Object.fromEntries(defaults));
    this.#prepared = true;
  }

  /** The same, unless this has prepared them already. */
  async prepareOnce(): Promise<void> {
    if (!this.#prepared) await this.prepare();
  }

  /** The tables are dropped or altered: they must be prepared again. */
  forgetPrepared(): void {
    this.#prepared = false;
  }

  /** Every combination of the configured grid. */
  async fromGrid(): Promise<FillSummary> {
    await this.prepareOnce();
    return this.#fillGrid(gridDigest(this.#parts.study, this.#parts.grid));
  }

  /** The same, unless an earlier fill has made them all and no experiment has come or gone since. */
  async ensureGrid(): Promise<FillSummary> {
    const { study, grid, repository } = this.#parts;
    await this.prepareOnce();
    const digest = gridDigest(study, grid);
    if (!(await repository.isFilled(digest))) return this.#fillGrid(digest);
    return { added: 0, existing: gridSize(study, grid) };
  }

  /** The product of `parameters` with each of the `fixed` combinations. */
  async fromCombinations({ parameters = {}, fixed = [{}] }: GivenCombinations): Promise<FillSummary> {
    const { study, grid } = this.#parts;
    return this.#fill(product(study, parameters, fixed, grid.order));
  }

  /** These rows. All are checked before the first is added. */
  async fromRows(rows: readonly Row[]): Promise<FillSummary> {
    return this.#fill(rows.map((row, index) => checkedRow(this.#parts.study, row, `row ${index + 1}`)));
  }

  async #fillGrid(digest: string): Promise<FillSummary> {
    const { study, grid, repository, configuration } = this.#parts;
    return repository.fill(combinations(study, grid), configuration, digest);
  }

  async #fill(rows: Iterable<Row>): Promise<FillSummary> {
    await this.prepareOnce();
    return this.#parts.repository.fill(rows, this.#parts.configuration);
  }
}
