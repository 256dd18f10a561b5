interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

interface TextMetrics {
  width(item: TextItem, text: string): number;
  readonly estimateWidth: unknown;
}

/** Widths in ems of the fonts that plots name, about; those of DejaVu, the widest of them, so that nothing is cut off. */
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
 * Without a canvas Vega takes each character for 0.8 ems wide: labels are dropped and margins gape. It asks for the widths
 * here, as it lets its users decide, unless somebody has decided already.
 */
export const measureText = (vega: object): void => {
  const { textMetrics } = vega as { readonly textMetrics: TextMetrics };
  if (textMetrics.width !== textMetrics.estimateWidth) return;
  textMetrics.width = ({ fontSize = 11, fontWeight }, text) => textWidth(text, fontSize, fontWeight === 'bold');
};
