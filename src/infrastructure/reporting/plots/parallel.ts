import { numberOf } from '../../../application/evaluation/samples.ts';
import type { Value } from '../../../domain/values/column-type.ts';
import { Keys, identity } from '../../../application/evaluation/key-numbers.ts';
import { mean, quantile } from '../../../domain/statistics/descriptive.ts';
import { seedLike } from '../../../application/evaluation/question.ts';
import { axisLabel, labelled, spanText, valueLabel } from './labels.ts';
import type { ParallelAxis, ParallelPlot } from './plot-data.ts';
import { type PlotRequest, averagedText, requireNumbers } from './plot-request.ts';
import { UnitMeans } from './unit-means.ts';

/** One line for each combination of the axes' keyfields, through its values and the mean of a resultfield. */
export const parallelPlot = async (request: PlotRequest): Promise<ParallelPlot> => {
  const value = request.value();
  const repeated = request.others().filter((name) => seedLike.test(name) && !request.options.axes?.includes(name));
  const over = request.keyfields('over', () => repeated);
  const names = request.keyfields('axes', () => request.others(over));
  const rest = request.others(names, over);
  const combinations = new Keys(names.map((_, index) => index + 1));
  const units = new Keys(
    over.map((_, index) => names.length + index + 1),
    false,
  );
  const means = new UnitMeans();
  for await (const page of request.pages([value, ...names, ...over])) {
    for (const row of page) {
      const number = numberOf(row[0]);
      if (!Number.isNaN(number)) means.add(combinations.number(row), units.number(row), number);
    }
  }
  requireNumbers(combinations.values.length > 0, value);
  const averages = combinations.values.map((_, number) => mean(means.values(number)));
  const axes = names.map((name, index) =>
    keyfieldAxis(
      name,
      combinations.values.map((values) => values[index] ?? null),
    ),
  );
  const results = valueAxis(value, averages);
  const counts = combinations.values.map((_, number) => means.values(number).length);
  const told = request.told(`${axisLabel(value)} over the parameters`, [
    `a line for each combination, its colour the mean of ${value}${over.length > 0 ? ` over ${over.join(', ')}` : ''} (n = ${spanText(counts)})`,
    averagedText(means.isAveraged ? rest : []),
  ]);
  return {
    kind: 'parallel',
    ...told,
    value,
    axes: [...axes.map(({ axis }) => axis), results.axis],
    lines: combinations.values.map((values, number) => ({
      places: [
        ...axes.map(({ place }, index) => place(values[index] ?? null)),
        results.place(averages[number] ?? Number.NaN),
      ],
      value: averages[number] ?? Number.NaN,
    })),
  };
};

/** The values of a keyfield are few and often many orders of magnitude apart: they stand at equal distances. */
const keyfieldAxis = (
  name: string,
  values: readonly Value[],
): { readonly axis: ParallelAxis; place(value: Value): number } => {
  const keys = new Keys([0]);
  for (const value of values) keys.number([value]);
  const sorted = labelled(keys);
  const places = new Map<unknown, number>();
  const ticks = sorted.map(({ number, label }, index) => {
    const place = sorted.length === 1 ? 0.5 : index / (sorted.length - 1);
    places.set(identity(keys.values[number]?.[0] ?? null), place);
    return { place, label };
  });
  return { axis: { name, ticks: thinned(ticks) }, place: (value) => places.get(identity(value)) ?? 0.5 };
};

/** More labels than this cannot be read. */
const MOST_TICKS = 12;

const thinned = <Tick>(ticks: readonly Tick[]): readonly Tick[] => {
  const every = Math.ceil(ticks.length / MOST_TICKS);
  return ticks.filter((_, index) => index % every === 0);
};

const valueAxis = (
  name: string,
  values: readonly number[],
): { readonly axis: ParallelAxis; place(value: number): number } => {
  const sorted = values.toSorted((one, other) => one - other);
  const [least, greatest] = [quantile(sorted, 0), quantile(sorted, 1)];
  const span = greatest - least;
  const ticks =
    span === 0
      ? [{ place: 0.5, label: valueLabel(least) }]
      : roundNumbers(least, greatest).map((each) => ({ place: (each - least) / span, label: valueLabel(each) }));
  return { axis: { name, ticks }, place: (value) => (span === 0 ? 0.5 : (value - least) / span) };
};

/** Between three and seven multiples of 1, 2 or 5 times a power of ten, from least to greatest. */
const roundNumbers = (least: number, greatest: number): readonly number[] => {
  const power = 10 ** Math.floor(Math.log10((greatest - least) / 3));
  const step = [5, 2, 1].map((factor) => factor * power).find((each) => (greatest - least) / each >= 3) ?? power;
  const first = Math.ceil(least / step);
  const count = Math.floor(greatest / step) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
};
