import { escaped } from '../../text/html.ts';
import type { Plot } from './plot-data.ts';

/** A page that needs nothing else and runs nothing: the plot, and its numbers for who wants to copy them. */
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
