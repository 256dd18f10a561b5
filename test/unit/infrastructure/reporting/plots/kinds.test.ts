import { describe, expect, it } from 'vitest';
import type { Row } from '../../../../../src/domain/values/column.ts';
import { axisLabel } from '../../../../../src/infrastructure/reporting/plots/labels.ts';
import type { PlotOptions } from '../../../../../src/infrastructure/reporting/plots/plot-options.ts';
import { plotOf } from '../../../../../src/infrastructure/reporting/plots/kinds.ts';
import { renderPlot } from '../../../../../src/infrastructure/reporting/plots/render-plot.ts';
import { terminalPlot } from '../../../../../src/infrastructure/reporting/plots/render-plot.ts';
import { displayWidth } from '../../../../../src/infrastructure/text/terminal-text.ts';
import { plotReader, provenance } from '../../../../support/plot-reader.ts';

const grid = {
  keyfields: { dataset: 'VARCHAR(30)', learner: 'VARCHAR(30)', seed: 'INT' },
  resultfields: { accuracy: 'DOUBLE', train_seconds: 'DOUBLE' },
};

/** Two learners, three data sets, two seeds: `b` is better by 0.1 but on `iris`. */
const rows: readonly Row[] = ['iris', 'wine', 'glass'].flatMap((dataset, at) =>
  ['a', 'b'].flatMap((learner) =>
    [1, 2].map((seed) => {
      const better = (learner === 'b') === (dataset !== 'iris');
      return { dataset, learner, seed, accuracy: 0.5 + at / 10 + (better ? 0.1 : 0) + seed / 100, train_seconds: seed };
    }),
  ),
);

const plot = async (options: PlotOptions) => plotOf(plotReader(grid, rows), options, provenance);

describe('a curve', () => {
  const epochs = (...losses: readonly number[]) => losses.map((loss, epoch) => ({ epoch, loss }));
  const reader = plotReader({}, [
    { learner: 'a', seed: 1, epochs: epochs(1, 0.5) },
    { learner: 'a', seed: 2, epochs: epochs(3, 1.5) },
    { learner: 'b', seed: 1, epochs: epochs(4, 2, 1) },
  ]);

  it('is the mean over seeds at each x, with its band, and says of how many', async () => {
    const made = await plotOf(reader, { kind: 'curve', by: ['learner'] }, provenance);
    expect(made).toMatchObject({ x: 'epoch', y: 'loss', by: 'learner', title: 'loss by epoch for each learner' });
    expect(made.kind === 'curve' && made.lines).toEqual([
      {
        label: 'a',
        points: [
          { x: 0, mean: 2, low: 2 - Math.SQRT2, high: 2 + Math.SQRT2, n: 2 },
          { x: 1, mean: 1, low: 1 - Math.SQRT1_2, high: 1 + Math.SQRT1_2, n: 2 },
        ],
      },
      {
        label: 'b',
        points: [
          { x: 0, mean: 4, low: 4, high: 4, n: 1 },
          { x: 1, mean: 2, low: 2, high: 2, n: 1 },
          { x: 2, mean: 1, low: 1, high: 1, n: 1 },
        ],
      },
    ]);
    expect(made.caption).toBe(
      'nets: mean of loss in epochs over seed (n = 1–2); band: ± sample standard deviation (n − 1); 2026-03-01 12:00 UTC; commit abc123.',
    );
  });

  it('averages within a seed what is named nowhere', async () => {
    const made = await plotOf(reader, { kind: 'curve', over: ['seed'], band: 'range' }, provenance);
    expect(made.kind === 'curve' && made.lines[0]?.points[0]).toEqual({ x: 0, mean: 2.75, low: 2.5, high: 3, n: 2 });
    expect(made.caption).toContain('averaged over learner');
  });

  it('keeps apart what only looks the same, and bears any number of points', async () => {
    const long = (end: string) => `${'x'.repeat(80)}${end}`;
    const steps = Array.from({ length: 200_000 }, (_, epoch) => ({ epoch, loss: epoch % 7 }));
    const many = plotReader({ keyfields: { learner: 'VARCHAR(100)', seed: 'INT' } }, [
      { learner: long('a'), seed: 1, epochs: steps },
      { learner: long('b'), seed: 1, epochs: steps.slice(0, 10) },
    ]);
    const made = await plotOf(many, { kind: 'curve', by: ['learner'] }, provenance);
    const label = `${'x'.repeat(59)}…`;
    expect(made.kind === 'curve' && made.lines.map((line) => line.label)).toEqual([label, `${label} (2)`]);
    expect(made.kind === 'curve' && made.lines[0]?.points).toHaveLength(200_000);
    expect(String(await renderPlot(made, 'svg')).length).toBeLessThan(200_000);
    expect(terminalPlot(made, 80)).toContain('2.0e+5');
  });

  it('needs a logtable of numbers', async () => {
    const none = plotReader({ logtables: {} }, []);
    await expect(plotOf(none, { kind: 'curve' }, provenance)).rejects.toThrow(/the study has none/);
    await expect(plotOf(reader, { kind: 'curve', y: 'los' }, provenance)).rejects.toThrow(
      /plot: --y: los is no column of numbers of epochs \(did you mean loss\?\)/,
    );
    await expect(plotOf(plotReader({}, []), { kind: 'curve' }, provenance)).rejects.toThrow(/no selected experiment/);
  });
});

describe('the other kinds', () => {
  it('box: one distribution for each combination', async () => {
    const made = await plot({ kind: 'box', value: 'accuracy', by: ['learner'] });
    const groups = made.kind === 'box' ? made.groups : [];
    expect(groups.map(({ label, n }) => [label, n])).toEqual([
      ['a', 6],
      ['b', 6],
    ]);
    expect(groups[0]?.mean).toBeCloseTo((0.61 + 0.62 + 0.61 + 0.62 + 0.71 + 0.72) / 6, 12);
    expect(made.caption).toContain('accuracy over dataset, seed (n = 6)');
  });

  it('heatmap: the mean of each cell, and none where there is no value', async () => {
    const some = plotReader(grid, rows.slice(0, -2));
    const options = { kind: 'heatmap', rows: ['dataset'], columns: ['learner'], value: 'accuracy' } as const;
    const made = await plotOf(some, options, provenance);
    const cells = made.kind === 'heatmap' ? made.cells : [];
    expect(cells.map(({ row, column, n }) => [row, column, n])).toEqual([
      ['iris', 'a', 2],
      ['iris', 'b', 2],
      ['wine', 'a', 2],
      ['wine', 'b', 2],
      ['glass', 'a', 2],
    ]);
    expect(cells[0]?.mean).toBeCloseTo(0.615, 12);
  });

  it('ranks: within each data set, complete ones only', async () => {
    const options = { kind: 'ranks', rows: ['dataset'], columns: ['learner'], value: 'accuracy' } as const;
    const made = await plot(options);
    const treatments = made.kind === 'ranks' ? made.treatments : [];
    expect(treatments.map(({ label }) => label)).toEqual(['b', 'a']);
    expect(treatments.map(({ rank }) => rank)).toEqual([4 / 3, 5 / 3]);
    expect(made).toMatchObject({ blocks: 3, cliques: [[0, 1]] });
    const incomplete = await plotOf(plotReader(grid, rows.slice(0, -2)), options, provenance);
    expect(incomplete).toMatchObject({ blocks: 2 });
    expect(incomplete.caption).toContain('1 incomplete of dataset left out');
    await expect(plot({ ...options, selection: {}, columns: ['learner'], rows: [] })).rejects.toThrow(
      /at least two treatments and two blocks/,
    );
  });

  it('parallel: a line for each combination, seeds averaged', async () => {
    const made = await plot({ kind: 'parallel', value: 'train_seconds' });
    expect(made.kind === 'parallel' && made.axes.map(({ name }) => name)).toEqual([
      'dataset',
      'learner',
      'train_seconds',
    ]);
    expect(made.kind === 'parallel' && made.lines).toHaveLength(6);
    expect(made.kind === 'parallel' && made.lines[1]).toEqual({ places: [0, 1, 0.5], value: 1.5 });
  });

  it('refuse fields that are not there or named twice', async () => {
    await expect(plot({ kind: 'heatmap', rows: ['dataset'] })).rejects.toThrow(
      /heatmap needs --columns; the keyfields are/,
    );
    await expect(plot({ kind: 'box', by: ['lerner'] })).rejects.toThrow(
      /--by: lerner is no keyfield \(did you mean learner\?\)/,
    );
    await expect(plot({ kind: 'heatmap', rows: ['seed'], columns: ['seed'] })).rejects.toThrow(/seed is named twice/);
  });
});

const every: readonly PlotOptions[] = [
  { kind: 'box', by: ['dataset', 'learner'] },
  { kind: 'violin', by: ['learner'] },
  { kind: 'heatmap', rows: ['dataset'], columns: ['learner'] },
  { kind: 'parallel' },
  { kind: 'ranks', rows: ['dataset'], columns: ['learner'] },
];
const hostile = `<script>alert("x")</script>&'\u001b[2J"];fetch(1)//`;

const everyPlot = async () => {
  const evil = rows.map((row) => ({ ...row, learner: row['learner'] === 'a' ? hostile : 'b' }));
  const curve = plotReader({}, [
    {
      learner: hostile,
      seed: 1,
      epochs: [
        { epoch: 1, loss: 1 },
        { epoch: 2, loss: 2 },
      ],
    },
    { learner: 'b', seed: 1, epochs: [{ epoch: 1, loss: 2 }] },
  ]);
  return [
    await plotOf(curve, { kind: 'curve', by: ['learner'], title: `loss \u0007${hostile}` }, provenance),
    ...(await Promise.all(every.map((options) => plotOf(plotReader(grid, evil), options, provenance)))),
  ];
};

describe('drawing', () => {
  it('makes an SVG of every kind, its texts harmless and in place', async () => {
    for (const made of await everyPlot()) {
      const svg = String(await renderPlot(made, 'svg'));
      expect(svg).toMatch(/^<svg [^>]*width="\d+"/);
      expect(svg).not.toMatch(/<script|NaN|undefined/);
      expect(svg).toContain(made.title.slice(0, 4));
      expect(svg).toContain('commit abc123');
      if (made.kind !== 'parallel' || made.lines.length > 0) expect(svg).toContain('&lt;script&gt;');
    }
  });

  it('makes a PNG of 300 dots per inch, and a page that runs nothing', async () => {
    const [made] = await everyPlot();
    if (!made) throw new Error('no plot');
    const png = Buffer.from(await renderPlot(made, 'png'));
    const width = Number(/width="(\d+)"/.exec(String(await renderPlot(made, 'svg')))?.[1]);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(Math.abs(png.readUInt32BE(16) - width * (300 / 96))).toBeLessThan(3);
    const page = String(await renderPlot(made, 'html'));
    expect(page).toContain('<svg ');
    expect(page).not.toContain('<script');
    expect(page).toContain("default-src 'none'");
  });

  it('fits a terminal, and sends it no escape sequences', async () => {
    for (const made of await everyPlot()) {
      for (const width of [40, 80, 140]) {
        const text = terminalPlot(made, width);
        expect(text).not.toContain('\u001b');
        for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('axes', () => {
  it('have units where the name says them', () => {
    expect(['train_seconds', 'trainSeconds', 'size_mb', 'energy_kwh', 'share_percent'].map(axisLabel)).toEqual([
      'train (s)',
      'train (s)',
      'size (MB)',
      'energy (kWh)',
      'share (%)',
    ]);
    expect(['accuracy', 'test_f1', 'seconds', 'C', 'learningRate'].map(axisLabel)).toEqual([
      'accuracy',
      'test f1',
      'seconds',
      'C',
      'learningRate',
    ]);
  });
});
