import type { TopLevelSpec } from 'vega-lite';
import type { Plot } from './plot-data.ts';
import { textWidth } from './text-width.ts';

/**
 * The colours of Okabe & Ito, Color Universal Design (2008), told apart with any colour vision; the darker ones first,
 * yellow last. https://jfly.uni-koeln.de/color/
 */
export const palette = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
  '#F0E442',
] as const;

/** Lines differ in more than their colour, for print in black and white. */
export const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
] as const;

export const ink = '#222222';
export const grey = '#666666';

const fonts = 'Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif';
const CAPTION_SIZE = 9;
/** Beside the frame stand an axis and a legend. */
const BESIDE = 90;

/** What is inside the frame of a plot. */
export type Inside = Omit<Extract<TopLevelSpec, { layer: unknown }>, 'width' | 'height' | 'title' | 'config'>;

/** A plot's size in pixels, its title and caption around it, and the looks that all have in common. */
export const framed = (
  { title, caption }: Pick<Plot, 'title' | 'caption'>,
  size: { readonly width: number; readonly height: number },
  inside: Inside,
): TopLevelSpec => ({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  ...inside,
  ...size,
  padding: 12,
  background: 'white',
  title: {
    text: title,
    subtitle: wrapped(caption, Math.max(280, size.width + BESIDE), (line) => textWidth(line, CAPTION_SIZE)),
    anchor: 'start',
    frame: 'group',
    offset: 12,
  },
  config: {
    font: fonts,
    view: { stroke: null },
    title: { fontSize: 13, color: ink, subtitleFontSize: CAPTION_SIZE, subtitleColor: grey, subtitlePadding: 4 },
    axis: {
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      labelColor: ink,
      titleColor: ink,
      gridColor: '#e6e6e6',
      domainColor: '#888888',
      tickColor: '#888888',
      labelLimit: 160,
    },
    legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', labelColor: ink, titleColor: ink },
  },
});

/** The ends of a scale. */
export const ends = (first: number, last: number): number[] => [first, last];

/** Lines of at most this width, broken between words. */
export const wrapped = (text: string, width: number, widthOf = (line: string): number => line.length): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(`${line} ${word}`) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
};
