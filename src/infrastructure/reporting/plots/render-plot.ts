import { brokenLines, cut, displayWidth, plain } from '../../text/terminal-text.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { linesOf, type Plot, specOf } from './kinds.ts';
import type { PlotForm } from './plot-options.ts';
import { measureText } from './style.ts';
import { escaped } from '../../text/html.ts';

/** Resolution of a PNG. Its size on paper is that of the SVG, which has 96 pixels an inch. */
const DOTS_PER_INCH = 300;

/**
 * Draws a plot. The packages that draw are optional: they are large, and a runner does not need them. Throws `USAGE`
 * with the command that installs them if they are missing.
 */
export const renderPlot = async (plot: Plot, form: PlotForm): Promise<string | Uint8Array> => {
  const svg = await svgOf(plot);
  switch (form) {
    case 'svg':
      return svg;
    case 'png':
      return pngOf(svg);
    case 'html':
      return plotPage(plot, svg);
  }
};

/** A plot as lines of text of at most so many columns. */
export const terminalPlot = (plot: Plot, width: number): string => {
  const caption = brokenLines(plain(plot.caption).split(' '), (line) => displayWidth(line) <= width);
  return [plot.title, ...linesOf(plot, width), ...caption]
    .map(plain)
    .filter((line) => line !== '')
    .map((line) => cut(line, width))
    .join('\n');
};

/** Characters that XML does not allow. */
const unwritable = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

const refuse = async (): Promise<never> => {
  throw new Error('a plot loads nothing');
};

/** A plot contains all its data. No file and no address is read, even if a text in it names one. */
const nothingLoads = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

const svgOf = async (plot: Plot): Promise<string> => {
  const [vega, lite] = await installed('vega@6.4.0 vega-lite@6.5.0', () =>
    Promise.all([import('vega'), import('vega-lite')]),
  );
  measureText(vega);
  const runtime = vega.parse(lite.compile(specOf(plot)).spec);
  const view = new vega.View(runtime, { renderer: 'none', logLevel: vega.Error, loader: nothingLoads });
  try {
    return `${(await view.toSVG()).toWellFormed().replace(unwritable, '')}\n`;
  } finally {
    view.finalize();
  }
};

const pngOf = async (svg: string): Promise<Uint8Array> => {
  const { default: sharp } = await installed('sharp@0.35.5', () => import('sharp'));
  // For the renderer an SVG has 72 pixels an inch.
  return sharp(Buffer.from(svg), { density: (72 * DOTS_PER_INCH) / 96 })
    .withMetadata({ density: DOTS_PER_INCH })
    .png()
    .toBuffer();
};

const installed = async <Modules>(packages: string, load: () => Promise<Modules>): Promise<Modules> => {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new ExperimenterError(
      'USAGE',
      `plots are drawn by packages that are installed apart: npm install ${packages}; without them there is the plot in the terminal (leave --output out)`,
      { cause: error },
    );
  }
};

/** A page that loads nothing and runs no script: the plot, and its numbers to be copied. */
export const plotPage = (plot: Plot, svg: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(plot.title || plot.caption)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; background: #fff }
svg { max-width: 100%; height: auto }
pre { overflow: auto; max-height: 24rem; background: #f5f5f5; padding: 1rem; font-size: 12px }
</style>
</head>
<body>
<figure style="margin: 0">
${svg.trim()}
</figure>
<details>
<summary>Numbers</summary>
<pre>${escaped(JSON.stringify(plot, null, 1))}</pre>
</details>
</body>
</html>
`;
