import type { TopLevelSpec } from 'vega-lite';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { identity } from '../../../domain/values/value-text.ts';
import { seedLike } from '../../../application/evaluation/question.ts';
import { mean, quantile } from '../../../domain/statistics/descriptive.ts';
import type { Value } from '../../../domain/values/column.ts';
import { overText } from '../tables/caption.ts';
import { axisLabel, labelled, spanText, valueLabel } from './labels.ts';
import { averagedText, type Captioned, type PlotRequest, requireNumbers } from './plot-request.ts';
import { ends, framed, ink } from './style.ts';
import { readMeans } from './unit-means.ts';

/** A line for each combination of keyfields through parallel axes. The last axis is the value. */
export interface ParallelPlot extends Captioned {
  readonly kind: 'parallel';
  readonly value: string;
  readonly axes: readonly ParallelAxis[];
  readonly lines: readonly {
    /** The place on each axis, from 0 to 1. */
    readonly places: readonly number[];
    readonly value: number;
  }[];
}

export interface ParallelAxis {
  readonly name: string;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/** One line for each combination of the axes' keyfields, and the mean of a resultfield as last axis. */
export const parallelPlot = async (request: PlotRequest): Promise<ParallelPlot> => {
  const value = request.value();
  const repeated = request.others().filter((name) => seedLike.test(name) && !request.options.axes?.includes(name));
  const over = request.keyfields('over', () => repeated);
  const names = request.keyfields('axes', () => request.others(over));
  const rest = request.others(names, over);
  const { groups: combinations, means } = await readMeans(request, value, names, over);
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
  const captioned = request.captioned(`${axisLabel(value)} over the parameters`, [
    `a line for each combination, its colour the mean of ${value}${overText(over)} (n = ${spanText(counts)})`,
    averagedText(means.isAveraged ? rest : []),
  ]);
  return {
    kind: 'parallel',
    ...captioned,
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

/** A keyfield has few values, often many orders of magnitude apart, so its values have equal distances. */
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
  return { axis: { name, ticks: thinnedTicks(ticks) }, place: (value) => places.get(identity(value)) ?? 0.5 };
};

/** More labels than this cannot be read. */
const MOST_TICKS = 12;

const thinnedTicks = <Tick>(ticks: readonly Tick[]): readonly Tick[] => {
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

/** Three to seven round numbers between the two: multiples of 1, 2 or 5 times a power of ten. */
const roundNumbers = (least: number, greatest: number): readonly number[] => {
  const power = 10 ** Math.floor(Math.log10((greatest - least) / 3));
  const step = [5, 2, 1].map((factor) => factor * power).find((each) => (greatest - least) / each >= 3) ?? power;
  const first = Math.ceil(least / step);
  const count = Math.floor(greatest / step) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
};

/** How far the lines through one value are spread, as a share of the axis' length. */
const SPREAD = 0.06;

export const parallelSpec = (plot: ParallelPlot): TopLevelSpec => {
  const width = Math.max(260, Math.min(760, 115 * (plot.axes.length - 1)));
  const x = {
    field: 'axis',
    type: 'quantitative',
    scale: { domain: ends(0, plot.axes.length - 1), nice: false },
    axis: null,
  } as const;
  const y = { field: 'place', type: 'quantitative', scale: { domain: ends(-0.04, 1.04) }, axis: null } as const;
  const opacity = Math.max(0.15, Math.min(0.8, 30 / plot.lines.length));
  // The brightest lines are drawn last, over the others.
  const sorted = plot.lines.toSorted((one, other) => one.value - other.value);
  const last = plot.axes.length - 1;
  const values = sorted.flatMap(({ places, value }, line) => {
    // Lines through the same value of a keyfield are drawn side by side, in the order of their results.
    const aside = SPREAD * (sorted.length < 2 ? 0 : line / (sorted.length - 1) - 0.5);
    return places.map((place, axis) => ({ line, axis, place: axis === last ? place : place + aside, value }));
  });
  const ticks = plot.axes.flatMap((axis, index) => axis.ticks.map((tick) => ({ axis: index, ...tick })));
  const names = plot.axes.map(({ name }, axis) => ({ axis, place: 1.04, name: axisLabel(name) }));
  return framed(
    plot,
    { width, height: 280 },
    {
      encoding: { x, y },
      layer: [
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 1.4, opacity },
          encoding: {
            detail: { field: 'line' },
            color: {
              field: 'value',
              type: 'quantitative',
              scale: { scheme: 'cividis', nice: false, zero: false },
              legend: { title: axisLabel(plot.value), offset: 44, gradientOpacity: 1 },
            },
          },
        },
        {
          data: { values: names.map(({ axis }) => ({ axis, place: -0.04, top: 1.04 })) },
          mark: { type: 'rule', color: '#555555' },
          encoding: { y2: { field: 'top' } },
        },
        {
          data: { values: ticks },
          mark: { type: 'tick', orient: 'horizontal', size: 8, thickness: 1, color: '#555555' },
        },
        {
          data: { values: ticks },
          mark: { type: 'text', align: 'left', dx: 7, fontSize: 10, color: ink, stroke: 'white', strokeWidth: 3 },
          encoding: { text: { field: 'label' } },
        },
        {
          data: { values: ticks },
          mark: { type: 'text', align: 'left', dx: 7, fontSize: 10, color: ink },
          encoding: { text: { field: 'label' } },
        },
        {
          data: { values: names },
          mark: { type: 'text', dy: -16, fontSize: 12, color: ink },
          encoding: { text: { field: 'name' } },
        },
      ],
    },
  );
};

/** A terminal cannot show parallel axes. */
export const parallelLines = (): readonly string[] => [
  '(parallel axes are too fine for a terminal: draw a file with --output parallel.svg)',
];
