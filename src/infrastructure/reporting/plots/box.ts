import type { TopLevelSpec } from 'vega-lite';
import { type Distribution, distributionOf, extremes } from '../../../domain/statistics/descriptive.ts';
import { cut, padded, plain } from '../../text/terminal-text.ts';
import { overText } from '../tables/caption.ts';
import { axisLabel, labelled, nameWidth, scaleLine, shortNumber, spanText } from './labels.ts';
import { averagedText, type Captioned, type PlotRequest, requireNumbers } from './plot-request.ts';
import { colorAt, ends, framed, type Inside, ink } from './style.ts';
import { readMeans } from './unit-means.ts';

/** Distributions of a value side by side. */
export interface BoxPlot extends Captioned {
  readonly kind: 'box' | 'violin';
  readonly value: string;
  readonly by: string;
  readonly groups: readonly (Distribution & { readonly label: string })[];
}

/** The distribution of a resultfield over the units, for each combination of the `by` keyfields. */
export const boxPlot = async (request: PlotRequest, kind: BoxPlot['kind']): Promise<BoxPlot> => {
  const value = request.value();
  const by = request.keyfields('by', () => []);
  const over = request.keyfields('over', () => request.others(by));
  const rest = request.others(by, over);
  const { groups, means } = await readMeans(request, value, by, over);
  requireNumbers(groups.values.length > 0, value);
  const drawn = labelled(groups).map(({ number, label }) => ({ label, ...distributionOf(means.values(number)) }));
  const parts = [
    `${value}${overText(over)} (n = ${spanText(drawn.map(({ n }) => n))})`,
    kind === 'box'
      ? 'box: quartiles and median, whiskers: to the last value within 1.5 interquartile ranges, diamond: mean'
      : "violin: Gaussian kernel density, Silverman's bandwidth, equal widths, bar: quartiles, point: median",
    averagedText(means.isAveraged ? rest : []),
  ];
  const captioned = request.captioned(`${axisLabel(value)}${by.length > 0 ? ` for each ${by.join(', ')}` : ''}`, parts);
  return { kind, ...captioned, value, by: by.join(', '), groups: drawn };
};

/** Half the width of a box, of a violin and of a violin's inner bar. The unit is the distance of two groups. */
const HALF = 0.3;
const HALF_VIOLIN = 0.42;
const HALF_BAR = 0.035;

/** Groups have the places 0, 1, 2 …, on an axis of numbers: parts of a box lie between them. */
export const boxSpec = (plot: BoxPlot): TopLevelSpec => {
  const labels = plot.groups.map(({ label }) => label);
  const slot = Math.max(56, Math.min(110, 560 / labels.length));
  const longest = Math.max(...labels.map(({ length }) => length));
  const isTight = longest * 6 > slot;
  const axis = {
    values: labels.map((_, index) => index),
    labelExpr: `${JSON.stringify(labels)}[datum.value]`,
    labelAngle: isTight ? -35 : 0,
    labelOverlap: false,
    labelLimit: 200,
    labelAlign: isTight ? 'right' : 'center',
    grid: false,
    ticks: false,
  } as const;
  const x = {
    field: 'x',
    type: 'quantitative',
    title: axisLabel(plot.by),
    scale: { domain: ends(-0.6, labels.length - 0.4), nice: false, zero: false },
    axis,
  } as const;
  const y = { type: 'quantitative', title: axisLabel(plot.value), scale: { zero: false } } as const;
  const layers = plot.kind === 'box' ? boxLayers(plot) : violinLayers(plot);
  const width = Math.max(180, slot * labels.length);
  return framed(plot, { width, height: 280 }, { encoding: { x, y }, layer: layers });
};

type Layers = Inside['layer'];

const boxLayers = ({ groups }: BoxPlot): Layers =>
  groups.flatMap(({ mean, median, quartiles, whiskers, outliers }, index): Layers => [
    layer({ type: 'rule', color: ink }, [{ x: index, from: whiskers[0], to: quartiles[0] }], 'from', 'to'),
    layer({ type: 'rule', color: ink }, [{ x: index, from: quartiles[1], to: whiskers[1] }], 'from', 'to'),
    ...whiskers.map((whisker) =>
      layer({ type: 'rule', color: ink }, [{ x: index - HALF / 2, x2: index + HALF / 2, whisker }], 'whisker'),
    ),
    layer(
      { type: 'rect', color: colorAt(index), opacity: 0.55, stroke: ink, strokeWidth: 1 },
      [{ x: index - HALF, x2: index + HALF, from: quartiles[0], to: quartiles[1] }],
      'from',
      'to',
    ),
    layer({ type: 'rule', color: ink, strokeWidth: 2.2 }, [{ x: index - HALF, x2: index + HALF, median }], 'median'),
    layer(
      {
        type: 'point',
        shape: 'diamond',
        filled: true,
        size: 46,
        color: 'white',
        stroke: ink,
        strokeWidth: 1,
        opacity: 1,
      },
      [{ x: index, mean }],
      'mean',
    ),
    layer(
      { type: 'point', size: 22, color: ink, opacity: 0.8 },
      outliers.map((outlier) => ({ x: index, outlier })),
      'outlier',
    ),
  ]);

const violinLayers = ({ groups }: BoxPlot): Layers =>
  groups.flatMap(({ median, quartiles, density, whiskers }, index): Layers => [
    density.length === 0
      ? layer(
          { type: 'rule', color: colorAt(index), strokeWidth: 3 },
          [{ x: index - HALF_VIOLIN, x2: index + HALF_VIOLIN, median }],
          'median',
        )
      : layer(
          {
            type: 'area',
            orient: 'horizontal',
            color: colorAt(index),
            opacity: 0.55,
            stroke: ink,
            strokeWidth: 0.8,
            strokeOpacity: 1,
          },
          density.map(({ value, density: share }) => ({
            x: index - share * HALF_VIOLIN,
            x2: index + share * HALF_VIOLIN,
            value,
          })),
          'value',
        ),
    layer(
      { type: 'rule', color: ink, strokeWidth: 0.8 },
      [{ x: index, from: whiskers[0], to: whiskers[1] }],
      'from',
      'to',
    ),
    layer(
      { type: 'rect', color: ink, opacity: 0.9 },
      [{ x: index - HALF_BAR, x2: index + HALF_BAR, from: quartiles[0], to: quartiles[1] }],
      'from',
      'to',
    ),
    layer(
      { type: 'point', filled: true, size: 30, color: 'white', stroke: ink, strokeWidth: 0.8, opacity: 1 },
      [{ x: index, median }],
      'median',
    ),
  ]);

/** Marks at x, or from x to x2 if the values have it; at y, or from y to y2. */
const layer = (
  mark: Extract<Layers[number], { mark: unknown }>['mark'],
  values: readonly Readonly<Record<string, number>>[],
  y: string,
  y2?: string,
): Layers[number] => ({
  data: { values: [...values] },
  mark,
  encoding: {
    y: { field: y, type: 'quantitative' },
    ...(y2 !== undefined && { y2: { field: y2 } }),
    ...(values.some((value) => 'x2' in value) && { x2: { field: 'x2' } }),
  },
});

/** `├──▒▒┃▒◆▒──┤  ∘` for each group on one scale. Violins look the same. */
export const boxLines = ({ groups, value }: BoxPlot, width: number): readonly string[] => {
  const labels = groups.map(({ label }) => plain(label));
  const names = nameWidth(labels, width);
  const room = Math.max(20, width - names - 2);

  const [least, greatest] = extremes(groups.flatMap(({ whiskers, outliers }) => [...whiskers, ...outliers]));
  const at = (each: number): number =>
    greatest === least ? 0 : Math.round(((each - least) / (greatest - least)) * (room - 1));
  const lines = groups.map(({ whiskers, quartiles, mean, median, outliers }, index) => {
    const cells = Array<string>(room).fill(' ');
    cells.fill('─', at(whiskers[0]), at(whiskers[1]) + 1);
    cells[at(whiskers[0])] = '├';
    cells[at(whiskers[1])] = '┤';
    cells.fill('▒', at(quartiles[0]), at(quartiles[1]) + 1);
    cells[at(mean)] = '◆';
    cells[at(median)] = '┃';
    for (const outlier of outliers) cells[at(outlier)] = '∘';
    return `${padded(cut(labels[index] ?? '', names), names)}  ${cells.join('').trimEnd()}`;
  });
  return [
    ...lines,
    `${' '.repeat(names + 2)}${scaleLine(shortNumber(least), axisLabel(value), shortNumber(greatest), room)}`,
  ];
};
