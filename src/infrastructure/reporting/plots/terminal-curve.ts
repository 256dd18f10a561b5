import { extremes } from '../../../domain/statistics/descriptive.ts';
import { padded, plain } from '../../text/terminal-text.ts';
import type { CurvePlot } from './curve.ts';
import { axisLabel, scaleLine, shortNumber } from './labels.ts';

/** Lines of the drawing. */
const ROWS = 14;
/** The marks of the lines, if there are several. A cell shows the mark of the last line through it. */
const marks = ['●', '▲', '■', '◆', '○', '△', '□', '◇'];
/** A line with more points is marked only at its end, because marks would hide it. */
const MARKED_POINTS = 12;
/** The dots of a braille cell by column and row. */
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Lines of braille characters, which have eight dots each. Each line ends in its own mark. */
export const curveLines = ({ lines, x, y }: CurvePlot, width: number): readonly string[] => {
  const points = lines.flatMap((line) => line.points);
  const [left, right] = extremes(points.map((point) => point.x));
  const [low, high] = extremes(points.map(({ mean }) => mean));
  const scale = [shortNumber(high), shortNumber(low)];
  const names = Math.max(...scale.map(({ length }) => length));
  const room = Math.max(10, width - names - 3);
  const share = (value: number, from: number, to: number): number => (to === from ? 0.5 : (value - from) / (to - from));
  const column = (value: number): number => Math.round(share(value, left, right) * (2 * room - 1));
  const row = (value: number): number => Math.round((1 - share(value, low, high)) * (4 * ROWS - 1));
  const cells = Array.from({ length: ROWS }, () => new Uint8Array(room));
  const marked = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const places = line.points.map((point) => [column(point.x), row(point.mean)] as const);
    for (const [at, [endX, endY]] of places.entries()) {
      const [startX, startY] = places[Math.max(0, at - 1)] ?? [endX, endY];
      const steps = Math.max(1, Math.abs(endX - startX), Math.abs(endY - startY));
      for (let step = 0; step <= steps; step += 1) {
        const [dotX, dotY] = [
          Math.round(startX + ((endX - startX) * step) / steps),
          Math.round(startY + ((endY - startY) * step) / steps),
        ];
        const cell = cells[dotY >> 2];
        if (cell) cell[dotX >> 1] = (cell[dotX >> 1] ?? 0) | (dots[dotX & 1 ? 1 : 0][dotY & 3] ?? 0);
      }
      if (places.length <= MARKED_POINTS || at === places.length - 1)
        marked.set(`${endY >> 2} ${endX >> 1}`, marks[index % marks.length] ?? '');
    }
  }
  const isSeveral = lines.length > 1;
  const drawn = cells.map((cell, at) => {
    const text = [...cell].map((bits, place) => {
      const mark = isSeveral ? marked.get(`${at} ${place}`) : undefined;
      return mark ?? (bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits));
    });
    const name = at === 0 ? scale[0] : at === ROWS - 1 ? scale[1] : '';
    return `${padded(name ?? '', names, true)} ${at === 0 || at === ROWS - 1 ? '┤' : '│'}${text.join('').trimEnd()}`;
  });
  const legend = lines.map(({ label }, index) => `${marks[index % marks.length]} ${plain(label)}`).join('   ');
  return [
    axisLabel(y),
    ...drawn,
    `${' '.repeat(names + 2)}${scaleLine(shortNumber(left), axisLabel(x), shortNumber(right), room)}`,
    ...(isSeveral ? [legend] : []),
  ];
};
