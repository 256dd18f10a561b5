import type { TopLevelSpec } from 'vega-lite';
import { brokenLines } from '../../text/terminal-text.ts';
import type { Captioned } from './plot-request.ts';

/**
 * The colours of Okabe & Ito, Color Universal Design (2008), which differ for any colour vision. Darker ones are first,
 * yellow is last. https://jfly.uni-koeln.de/color/
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

/** The colour of the group or line of that number. */
export const colorAt = (index: number): string => palette[index % palette.length] ?? ink;

/** Lines also differ in their dashes, for print in black and white. */
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
/** Room for the axis and the legend beside the frame. */
const BESIDE = 90;

/** The content of a plot's frame. */
export type Inside = Omit<Extract<TopLevelSpec, { layer: unknown }>, 'width' | 'height' | 'title' | 'config'>;

/** A specification with this content and size in pixels, the title, the caption and the common style. */
export const framed = (
  { title, caption }: Pick<Captioned, 'title' | 'caption'>,
  size: { readonly width: number; readonly height: number },
  inside: Inside,
): TopLevelSpec => {
  const captionWidth = Math.max(280, size.width + BESIDE);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...inside,
    ...size,
    padding: 12,
    background: 'white',
    title: {
      text: title,
      subtitle: brokenLines(caption.split(' '), (line) => textWidth(line, CAPTION_SIZE) <= captionWidth),
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
  };
};

/** A channel that shows this number of each datum. */
export const quantity = (field: string) => ({ field, type: 'quantitative' }) as const;

/** The ends of a scale. */
export const ends = (first: number, last: number): number[] => [first, last];

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

interface TextMetrics {
  width(item: TextItem, text: string): number;
  readonly estimateWidth: unknown;
}

/**
 * About the width of a character in ems. It is that of DejaVu, the widest font that plots name, so that nothing is cut
 * off.
 */
const emsOf = (character: string): number => {
  if (/[ijlI.,:;|'!()[\]]/.test(character)) return 0.36;
  if (/[ frt]/.test(character)) return 0.42;
  if (/[mwMW%@]/.test(character)) return 0.95;
  return /[A-Z]/.test(character) ? 0.69 : 0.61;
};

/** The width of a text in pixels, about. */
export const textWidth = (text: string, fontSize: number, isBold = false): number => {
  let ems = 0;
  for (const character of text) ems += emsOf(character);
  return ems * fontSize * (isBold ? 1.1 : 1);
};

/**
 * Makes Vega use these widths. Without a canvas it assumes 0.8 ems for each character, which drops labels and makes
 * margins too wide. A width function that the program has set before stays.
 */
export const measureText = (vega: object): void => {
  const { textMetrics } = vega as { readonly textMetrics: TextMetrics };
  if (textMetrics.width !== textMetrics.estimateWidth) return;
  textMetrics.width = ({ fontSize = 11, fontWeight }, text) => textWidth(text, fontSize, fontWeight === 'bold');
};
