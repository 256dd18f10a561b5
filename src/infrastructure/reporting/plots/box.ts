import { numberOf } from '../../../application/evaluation/samples.ts';
import { Keys } from '../../../application/evaluation/key-numbers.ts';
import { axisLabel, labelled, spanText } from './labels.ts';
import { distributionOf } from './distribution.ts';
import type { BoxPlot } from './plot-data.ts';
import { type PlotRequest, averagedText, requireNumbers } from './plot-request.ts';
import { UnitMeans } from './unit-means.ts';

/** The distribution of a resultfield over the units, for each combination of the `by` keyfields. */
export const boxPlot = async (request: PlotRequest, kind: BoxPlot['kind']): Promise<BoxPlot> => {
  const value = request.value();
  const by = request.keyfields('by', () => []);
  const over = request.keyfields('over', () => request.others(by));
  const rest = request.others(by, over);
  const groups = new Keys(by.map((_, index) => index + 1));
  const units = new Keys(
    over.map((_, index) => by.length + index + 1),
    false,
  );
  const means = new UnitMeans();
  for await (const page of request.pages([value, ...by, ...over])) {
    for (const row of page) {
      const number = numberOf(row[0]);
      if (!Number.isNaN(number)) means.add(groups.number(row), units.number(row), number);
    }
  }
  requireNumbers(groups.values.length > 0, value);
  const drawn = labelled(groups).map(({ number, label }) => distributionOf(label, means.values(number)));
  const parts = [
    `${value}${over.length > 0 ? ` over ${over.join(', ')}` : ''} (n = ${spanText(drawn.map(({ n }) => n))})`,
    kind === 'box'
      ? 'box: quartiles and median, whiskers: to the last value within 1.5 interquartile ranges, diamond: mean'
      : "violin: Gaussian kernel density, Silverman's bandwidth, equal widths, bar: quartiles, point: median",
    averagedText(means.isAveraged ? rest : []),
  ];
  const told = request.told(`${axisLabel(value)}${by.length > 0 ? ` for each ${by.join(', ')}` : ''}`, parts);
  return { kind, ...told, value, by: by.join(', '), groups: drawn };
};
