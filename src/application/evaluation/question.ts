import { ExperimenterError } from '../../domain/errors.ts';
import type { Selection } from '../../domain/repository/selection.ts';
import { type Column, isNumeric } from '../../domain/values/column.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import type { StudyDefinition } from '../../domain/study/study-definition.ts';
import type { SignificanceTest } from '../../domain/statistics/paired-tests.ts';
import { parseStatistic, type Statistic } from './statistic.ts';

/** Which of two means is the better one. */
export type Direction = 'max' | 'min';

/** What an evaluation table shows. Absent options get a value, and the table's notes say which. */
export interface TableOptions {
  /** Keyfields whose combinations are the table's rows. Default: those that are in neither `columns` nor `over`. */
  readonly rows?: readonly string[];
  /** Keyfields whose combinations are its columns. Default: none. */
  readonly columns?: readonly string[];
  /** Resultfields of numbers. Default: all of them. */
  readonly values?: readonly string[];
  /**
   * Keyfields that are aggregated: each of their combinations gives a cell one value. Tests pair cells by them.
   * Default: the keyfields that are in neither `rows` nor `columns`; without `rows`, the keyfields named like a seed.
   */
  readonly over?: readonly string[];
  /** `mean`, `std`, `median`, `min`, `max`, `count`, `q0.25`, `ci`, `bootstrap`. Default: mean and std. */
  readonly statistics?: readonly string[];
  /** Of intervals. Default 0.95. */
  readonly confidence?: number;
  /** Of the bootstrap. Default 1. */
  readonly seed?: number;
  /**
   * Whether the greatest or the least is marked as best, for all resultfields or for each. Default: nothing is marked.
   */
  readonly best?: Direction | Readonly<Record<string, Direction>>;
  /** The best of each row (default) or of each column. */
  readonly per?: 'row' | 'column';
  /** Cells that are not significantly different from the best are marked as tied with it. Default `wilcoxon`. */
  readonly test?: SignificanceTest;
  /** Default 0.05. */
  readonly alpha?: number;
  readonly selection?: Selection;
}

/** The options after the check, with all defaults. */
export interface TableQuestion {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly over: readonly string[];
  /** Keyfields that are in neither `rows`, `columns` nor `over`. */
  readonly rest: readonly string[];
  readonly values: readonly string[];
  readonly statistics: readonly Statistic[];
  readonly confidence: number;
  readonly seed: number;
  readonly best: ReadonlyMap<string, Direction>;
  readonly per: 'row' | 'column';
  readonly test: SignificanceTest;
  readonly alpha: number;
  readonly selection: Selection;
  /** Texts that say which values absent options got. */
  readonly assumed: readonly string[];
}

/** Matches names of keyfields that number repetitions. */
export const seedLike = /(^|_)(seed|repetition|repeat|replicate|replication|rep|run|trial|fold)s?($|_)|[a-z]Seed$/i;

/** Whether a field's values can be averaged: numbers, and booleans as 0 and 1. */
export const isAveraged = ({ type }: Column): boolean => isNumeric(type) || type.kind === 'boolean';

const usage = (message: string): ExperimenterError => new ExperimenterError('USAGE', `table: ${message}`);

/** Throws `USAGE` and `FIELD_UNKNOWN`, naming the option. */
export const tableQuestion = (study: StudyDefinition, options: TableOptions): TableQuestion => {
  const keyfields = study.keyfields.map(({ name }) => name);
  const numbers = study.resultfields.filter(isAveraged).map(({ name }) => name);
  const given = (option: 'rows' | 'columns' | 'over' | 'values', names: readonly string[], what: string) =>
    options[option]?.map((name) => known(option, name, names, what));
  const columns = given('columns', keyfields, 'keyfield') ?? [];
  const rows = given('rows', keyfields, 'keyfield');
  const over = given('over', keyfields, 'keyfield');
  const values = given('values', numbers, 'resultfield of numbers') ?? numbers;
  if (values.length === 0) throw usage('the study has no resultfield of numbers: there is nothing to aggregate');
  const named = [...(rows ?? []), ...columns, ...(over ?? [])];
  const twice = [named, values].flatMap((names) => names.filter((name, at) => names.indexOf(name) !== at))[0];
  if (twice !== undefined) throw usage(`${twice} is named twice; each field has one place`);
  const free = keyfields.filter((name) => !named.includes(name));
  const places = placed(free, rows, over);
  return {
    ...places,
    columns,
    values,
    rest: free.filter((name) => !places.rows.includes(name) && !places.over.includes(name)),
    statistics: (options.statistics ?? ['mean', 'std']).map(parseStatistic),
    confidence: share('confidence', options.confidence ?? 0.95),
    alpha: share('alpha', options.alpha ?? 0.05),
    seed: options.seed ?? 1,
    best: directions(options.best, values),
    per: options.per ?? 'row',
    test: options.test ?? 'wilcoxon',
    selection: options.selection ?? {},
    assumed: [
      ...(options.values ? [] : [`values: ${values.join(', ')} (every resultfield of numbers)`]),
      ...places.assumed,
    ],
  };
};

const known = (option: string, name: string, names: readonly string[], what: string): string => {
  if (names.includes(name)) return name;
  const meant = didYouMean(name, names);
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `table: ${option}: ${name} is no ${what}${meant}; there are ${names.join(', ') || 'none'}`,
  );
};

/** The places of the keyfields that no option names. */
const placed = (
  free: readonly string[],
  rows: readonly string[] | undefined,
  over: readonly string[] | undefined,
): Pick<TableQuestion, 'rows' | 'over' | 'assumed'> => {
  if (rows && over) return { rows, over, assumed: [] };
  if (rows) return { rows, over: free, assumed: free.length > 0 ? [`over: ${free.join(', ')} (the rest)`] : [] };
  const seeds = over ?? free.filter((name) => seedLike.test(name));
  const others = free.filter((name) => !seeds.includes(name));
  const assumed = over ? [] : [`over: ${seeds.join(', ') || 'nothing, for no keyfield is named like a seed'}`];
  return { rows: others, over: seeds, assumed: [`rows: ${others.join(', ') || 'one'}`, ...assumed] };
};

const share = (option: string, value: number): number => {
  if (value > 0 && value < 1) return value;
  throw usage(`${option}: found ${value}; allowed is a number between 0 and 1`);
};

const directions = (best: TableOptions['best'], values: readonly string[]): ReadonlyMap<string, Direction> => {
  if (best === undefined) return new Map();
  const entries = Object.entries(typeof best === 'string' ? {} : best);
  for (const [name, direction] of entries) {
    known('best', name, values, 'value of the table');
    if (direction !== 'max' && direction !== 'min') throw usage(`best: found ${direction}; allowed max, min`);
  }
  return new Map(typeof best === 'string' ? values.map((name) => [name, best]) : entries);
};
