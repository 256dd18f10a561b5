import { axisLabel, scaleLine } from './labels.ts';
import { extremes } from '../../../domain/statistics/descriptive.ts';
import { shortNumber } from './heatmap-spec.ts';
import type { BoxPlot, HeatmapPlot, Plot, RankPlot } from './plot-data.ts';
import { terminalCurve } from './terminal-curve.ts';
import { cut, padded, plain } from '../../text/terminal-text.ts';
import { wrapped } from './style.ts';

/** A plot as lines of text of at most so many columns. */
export const terminalPlot = (plot: Plot, width: number): string => {
  const lines = [plot.title, ...bodyOf(plot, width), ...wrapped(plot.caption, width)];
  return lines
    .map(plain)
    .filter((line) => line !== '')
    .map((line) => cut(line, width))
    .join('\n');
};

const bodyOf = (plot: Plot, width: number): readonly string[] => {
  switch (plot.kind) {
    case 'curve':
      return terminalCurve(plot, width);
    case 'box':
    case 'violin':
      return boxLines(plot, width);
    case 'heatmap':
      return heatmapLines(plot);
    case 'ranks':
      return rankLines(plot, width);
    case 'parallel':
      return ['(parallel axes are too fine for a terminal: draw a file with --output parallel.svg)'];
  }
};

/** Room for names, at most a third of the line. */
const nameWidth = (labels: readonly string[], width: number): number =>
  Math.min(Math.floor(width / 3), Math.max(...labels.map(({ length }) => length)));

/** `├──▒▒┃▒◆▒──┤  ∘` on one scale for all, also for violins. */
const boxLines = ({ groups, value }: BoxPlot, width: number): readonly string[] => {
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

const shades = [' ', '░', '▒', '▓', '█'];

const heatmapLines = ({ rowLabels, columnLabels, cells, rows, columns }: HeatmapPlot): readonly string[] => {
  const means = cells.map(({ mean }) => mean);
  const [least, greatest] = extremes(means);
  const shade = (mean: number): string =>
    shades[greatest === least ? 2 : Math.round(((mean - least) / (greatest - least)) * 4)] ?? ' ';
  const texts = new Map(
    cells.map(({ row, column, mean }) => [`${row}\0${column}`, `${shade(mean)}${shortNumber(mean)}`]),
  );
  const columnWidth = Math.max(
    ...columnLabels.map(({ length }) => length),
    ...[...texts.values()].map(({ length }) => length),
  );
  const names = Math.max(...rowLabels.map(({ length }) => length));
  const line = (name: string, texts: readonly string[]): string =>
    [padded(name, names), ...texts.map((text) => padded(text, columnWidth, true))].join('  ').trimEnd();
  return [
    `${axisLabel(rows)} down, ${axisLabel(columns)} across; ░ ${shortNumber(least)} … █ ${shortNumber(greatest)}`,
    line('', columnLabels),
    ...rowLabels.map((row) =>
      line(
        row,
        columnLabels.map((column) => texts.get(`${row}\0${column}`) ?? '·'),
      ),
    ),
  ];
};

const rankLines = ({ treatments, cliques, criticalDifference }: RankPlot, width: number): readonly string[] => {
  const labels = treatments.map(({ label }) => plain(label));
  const names = nameWidth(labels, width);
  const room = Math.max(10, width - names - 8 - cliques.length);
  const lines = treatments.map(({ rank }, index) => {
    const bar = '━'.repeat(Math.max(1, Math.round(((rank - 1) / Math.max(1, treatments.length - 1)) * (room - 1)) + 1));
    const marks = cliques.map(([from, to]) => (index >= from && index <= to ? '│' : ' ')).join('');
    return `${padded(cut(labels[index] ?? '', names), names)} ${marks} ${rank.toFixed(2).padStart(5)} ${bar}`;
  });
  return [...lines, `critical difference ${criticalDifference.toFixed(2)}; │ no significant difference`];
};
