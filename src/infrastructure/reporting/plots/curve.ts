import type { TopLevelSpec } from 'vega-lite';
import { growingDoubles, growingIntegers } from '../../../application/evaluation/growable-array.ts';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { isAveraged } from '../../../application/evaluation/question.ts';
import { numberOrNaN } from '../../../application/evaluation/samples.ts';
import { extremes, mean, standardDeviation } from '../../../domain/statistics/descriptive.ts';
import { meanInterval } from '../../../domain/statistics/distributions.ts';
import type { Logtable } from '../../../domain/study/study-definition.ts';
import { overText, percentText } from '../tables/caption.ts';
import { axisLabel, labelled, spanText } from './labels.ts';
import type { Band } from './plot-options.ts';
import { averagedText, type Captioned, named, type PlotRequest, requireNumbers, plotUsage } from './plot-request.ts';
import { colorAt, dashes, framed, type Inside, palette, quantity } from './style.ts';
import { UnitMeans } from './unit-means.ts';

/** Lines over x. */
export interface CurvePlot extends Captioned {
  readonly kind: 'curve';
  readonly x: string;
  readonly y: string;
  /** The keyfields whose values are the lines' labels. */
  readonly by: string;
  readonly lines: readonly { readonly label: string; readonly points: readonly CurvePoint[] }[];
}

export interface CurvePoint {
  readonly x: number;
  readonly mean: number;
  /** The band; the mean itself where there is none. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Reads a logtable. A line shows the mean of y over the repetitions at each x, and a band around it. */
export const curvePlot = async (request: PlotRequest): Promise<CurvePlot> => {
  const { band = 'std', confidence = 0.95 } = request.options;
  const { logtable, x, y } = columnsOf(request);
  const by = request.keyfields('by', () => []);
  const over = request.keyfields('over', () => request.others(by));
  const rest = request.others(by, over);
  const lines = new Keys(by.map((_, index) => index + 1));
  const units = new Keys(
    over.map((_, index) => by.length + index + 1),
    false,
  );
  const [ids, lineOf, unitOf] = [growingDoubles(), growingIntegers(), growingIntegers()];
  for await (const page of request.pages(['ID', ...by, ...over])) {
    for (const row of page) {
      ids.push(numberOrNaN(row[0]));
      lineOf.push(lines.number(row));
      unitOf.push(units.number(row));
    }
  }
  const means = new UnitMeans();
  /** The number of the group of values, by the number of the line and by x. */
  const groups = new Map<number, Map<number, number>>();
  let count = 0;
  for await (const page of request.reader.logValues(logtable.name, ['experiment_id', x, y])) {
    for (const row of page) {
      const [at, value] = [numberOrNaN(row[1]), numberOrNaN(row[2])];
      if (Number.isNaN(at) || Number.isNaN(value)) continue;
      const experiment = ids.find(numberOrNaN(row[0]));
      if (experiment === -1) continue;
      const line = lineOf.at(experiment);
      let ofLine = groups.get(line);
      if (!ofLine) groups.set(line, (ofLine = new Map()));
      let group = ofLine.get(at);
      if (group === undefined) ofLine.set(at, (group = count++));
      means.add(group, unitOf.at(experiment), value);
    }
  }
  requireNumbers(groups.size > 0, `${x} and ${y} of the logtable ${logtable.name}`);
  const drawn = labelled(lines).flatMap(({ number, label }) => {
    const ofLine = groups.get(number);
    return ofLine ? [{ label, points: pointsOf(ofLine, means, band, confidence) }] : [];
  });
  const counts = drawn.flatMap(({ points }) => points.map(({ n }) => n));
  const captioned = request.captioned(
    `${axisLabel(y)} by ${axisLabel(x)}${by.length > 0 ? ` for each ${by.join(', ')}` : ''}`,
    [
      `mean of ${y} in ${logtable.name}${overText(over)} (n = ${spanText(counts)})`,
      bandText(band, confidence),
      averagedText(means.isAveraged ? rest : []),
    ],
  );
  return { kind: 'curve', ...captioned, x, y, by: by.join(', '), lines: drawn };
};

const pointsOf = (
  groups: ReadonlyMap<number, number>,
  means: UnitMeans,
  band: Band,
  confidence: number,
): readonly CurvePoint[] =>
  [...groups]
    .toSorted(([one], [other]) => one - other)
    .map(([x, group]) => {
      const values = means.values(group);
      const centre = mean(values);
      const [low, high] = bandOf(values, centre, band, confidence);
      return { x, mean: centre, low, high, n: values.length };
    });

/** The band around a mean. A single value has no spread, so its band is empty. */
export const bandOf = (
  values: Float64Array,
  centre: number,
  band: Band,
  confidence: number,
): readonly [low: number, high: number] => {
  switch (band) {
    case 'std': {
      const deviation = standardDeviation(values) ?? 0;
      return [centre - deviation, centre + deviation];
    }
    case 'ci':
      return meanInterval(values, confidence) ?? [centre, centre];
    case 'range':
      return extremes(values);
    case 'none':
      return [centre, centre];
  }
};

const bandText = (band: Band, confidence: number): string => {
  switch (band) {
    case 'std':
      return 'band: ± sample standard deviation (n − 1)';
    case 'ci':
      return `band: ${percentText(confidence)} t confidence interval of the mean`;
    case 'range':
      return 'band: least to greatest';
    case 'none':
      return '';
  }
};

const columnsOf = ({ study, options }: PlotRequest): { logtable: Logtable; x: string; y: string } => {
  const names = study.logtables.map(({ name }) => name);
  const [only, another] = study.logtables;
  if (!only) throw plotUsage('curve shows a logtable, and the study has none');
  if (options.logtable === undefined && another)
    throw plotUsage(`curve needs --logtable; there are ${names.join(', ')}`);
  const wanted = options.logtable === undefined ? only.name : named('logtable', 'logtable', options.logtable, names);
  const logtable = study.logtables.find(({ name }) => name === wanted) ?? only;
  const numbers = logtable.columns.filter(isAveraged);
  const columns = numbers.map(({ name }) => name);
  const x = options.x ?? numbers.find(({ type }) => type.kind === 'integer')?.name ?? columns[0];
  const y = options.y ?? columns.find((name) => name !== x);
  if (x === undefined || y === undefined)
    throw plotUsage(`the logtable ${logtable.name} has no two columns of numbers`);
  return {
    logtable,
    x: named('x', `column of numbers of ${logtable.name}`, x, columns),
    y: named('y', `column of numbers of ${logtable.name}`, y, columns),
  };
};

/** Up to this number of points each is marked, to show where values were measured. */
const MARKED_POINTS = 30;

export const curveSpec = (plot: CurvePlot): TopLevelSpec => {
  const lines = plot.lines.map(({ label, points }) => ({ label, points: thinned(points) }));
  const labels = lines.map(({ label }) => label);
  const isWhole = lines.every(({ points }) => points.every(({ x }) => Number.isInteger(x)));
  const legend =
    labels.length > 1 ? { title: plot.by, symbolType: 'stroke', symbolSize: 500, symbolStrokeWidth: 2 } : null;
  const label = (looks: readonly unknown[]) =>
    ({
      field: 'label',
      type: 'nominal',
      scale: { domain: labels, range: labels.map((_, index) => looks[index % looks.length]) as never[] },
      legend,
    }) as const;
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axisLabel(plot.x),
    scale: { zero: false, nice: false, padding: 8 },
    axis: { grid: false, ...(isWhole && { tickMinStep: 1, format: 'd' }) },
  } as const;
  const y = { type: 'quantitative', title: axisLabel(plot.y), scale: { zero: false } } as const;
  const inside: Inside = {
    encoding: { x, y },
    layer: [
      ...lines.flatMap((line, index) => bandLayers(line, colorAt(index))),
      {
        data: { values: lines.flatMap(({ label, points }) => points.map((point) => ({ label, ...point }))) },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { y: quantity('mean'), color: label(palette), strokeDash: label(dashes.map((dash) => [...dash])) },
      },
      ...lines.flatMap((line, index) => pointLayers(line, colorAt(index))),
    ],
  };
  return framed(plot, { width: 440, height: 280 }, inside);
};

/** More points do not show on paper, and make the file large. */
const MOST_POINTS = 1_000;

const thinned = <Point>(points: readonly Point[]): readonly Point[] => {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
};

type CurveLine = CurvePlot['lines'][number];

const bandLayers = ({ points }: CurveLine, fill: string): Inside['layer'] =>
  points.some(({ low, high }) => low < high)
    ? [
        {
          data: { values: [...points] },
          mark: { type: 'area', color: fill, opacity: 0.16 },
          encoding: { y: quantity('low'), y2: { field: 'high' } },
        },
      ]
    : [];

const pointLayers = ({ points }: CurveLine, fill: string): Inside['layer'] =>
  points.length <= MARKED_POINTS
    ? [
        {
          data: { values: [...points] },
          mark: { type: 'point', filled: true, size: 26, opacity: 1, color: fill },
          encoding: { y: quantity('mean') },
        },
      ]
    : [];
