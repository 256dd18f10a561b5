import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RunnerRecord } from '../../../../../src/domain/experiment/runner.ts';
import { aligned } from '../../../../../src/infrastructure/cli/output/aligned.ts';
import { fleetLines } from '../../../../../src/infrastructure/cli/progress/fleet-view.ts';
import { LiveRegion } from '../../../../../src/infrastructure/cli/output/live-region.ts';
import { regionLines, type Style } from '../../../../../src/infrastructure/cli/progress/progress-text.ts';
import { RunStats } from '../../../../../src/infrastructure/cli/progress/run-stats.ts';
import { cut, displayWidth, padded, wrapped } from '../../../../../src/infrastructure/text/terminal-text.ts';
import { plotOf } from '../../../../../src/infrastructure/reporting/plots/kinds.ts';
import { terminalPlot } from '../../../../../src/infrastructure/reporting/plots/render-plot.ts';
import { plotReader, provenance } from '../../../../support/plot-reader.ts';

/* Everything that is laid out ends and fits, whatever the terminal says it is. */

const plain: Style = (_format, text) => text;
const widths = fc.integer({ min: 1, max: 150 });
const heights = fc.integer({ min: 1, max: 50 });
const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 3, maxLength: 3 });

const narrow = (lines: readonly string[], width: number): void => {
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
};

it('cut, padded and wrapped fit any width', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: -3, max: 150 }), (text, width) => {
      expect(displayWidth(cut(text, width))).toBeLessThanOrEqual(Math.max(0, width));
      expect(displayWidth(padded(cut(text, width), width))).toBe(Math.max(0, width));
      const lines = wrapped(text, width).split('\n');
      for (const line of lines) expect(displayWidth(line) < width || !/\s/.test(line) || line.includes('`')).toBe(true);
    }),
  );
});

it('a table for people fits any width', async () => {
  const columns = [{ name: 'ID', right: true }, { name: 'a long name of a column' }, { name: 'error' }];
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { maxLength: 5 }), widths, async (rows, width) =>
      narrow(await aligned(columns, rows, width), width),
    ),
  );
});

const stats = (): RunStats => {
  const counted = new RunStats({ created: 20, running: 0, done: 0, error: 0, paused: 0 }, { workers: 4 }, 0);
  for (let id = 1; id <= 12; id += 1)
    counted.count({ event: 'claimed', id, attempt: 1, keyfields: { model: '模型'.repeat(20), seed: id } }, 0);
  for (const id of [1, 2, 3]) counted.count({ event: 'error', id, attempt: 1, ms: 5, message: 'Error: much' }, 0);
  return counted;
};

it('the region of a run fits any terminal', () => {
  const counted = stats();
  fc.assert(
    fc.property(widths, heights, (columns, rows) => {
      const lines = regionLines(counted, 5_000, { columns, rows }, plain);
      narrow(lines, Math.max(0, columns - 1));
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    }),
  );
});

const runner = (pid: number): RunnerRecord => ({
  ...({ id: `r${pid}`, state: 'active', host: 'a-host-of-a-cluster', pid, workers: 4, running: 2 } as const),
  ...({ name: 'n', heartbeatAgeSeconds: 3, expired: false, startedAt: '2026-01-01 00:00:00.000' } as RunnerRecord),
});

it('a fleet fits any width', () => {
  const status = {
    study: 's'.repeat(70),
    counts: { created: 20, running: 6, done: 5, error: 3, paused: 0 },
    runners: [1, 2, 3].map(runner),
    foreign: 0,
    errors: [{ message: 'Error: much '.repeat(20), count: 3, exampleId: 7, example: 'Error: much' }],
  };
  fc.assert(
    fc.property(widths, heights, (columns, rows) => {
      const view = { status, running: [], perSecond: 2, remaining: undefined, date: new Date('2026-01-01T01:00:00Z') };
      // "No runner." and the like are short words of ours.
      narrow(fleetLines(view, { columns, rows }, plain), Math.max(10, columns - 1));
    }),
  );
});

it('plots fit any width', async () => {
  const rows = ['a', 'b', 'c'].flatMap((learner) =>
    [1, 2, 3, 4].map((seed) => ({
      learner,
      seed,
      dataset: `d${seed}`,
      accuracy: seed / 7,
      epochs: [
        { epoch: 0, loss: seed },
        { epoch: 1, loss: 0 },
      ],
    })),
  );
  const reader = plotReader(
    {
      keyfields: { dataset: 'VARCHAR(30)', learner: 'VARCHAR(30)', seed: 'INT' },
      resultfields: { accuracy: 'DOUBLE' },
      logtables: { epochs: { epoch: 'INT', loss: 'DOUBLE' } },
    },
    rows,
  );
  const made = await Promise.all([
    plotOf(reader, { kind: 'box', value: 'accuracy', by: ['learner'] }, provenance),
    plotOf(reader, { kind: 'curve', by: ['learner'], logtable: 'epochs' }, provenance),
    plotOf(reader, { kind: 'heatmap', value: 'accuracy', rows: ['learner'], columns: ['dataset'] }, provenance),
    plotOf(
      reader,
      { kind: 'ranks', value: 'accuracy', rows: ['dataset'], columns: ['learner'], best: 'max' },
      provenance,
    ),
  ]);
  fc.assert(
    fc.property(fc.constantFrom(...made), widths, (plot, width) =>
      narrow(terminalPlot(plot, width).split('\n'), width),
    ),
  );
});

it.each([0, undefined])('a region of a terminal that says %s of its size takes the usual one', (size) => {
  const written: string[] = [];
  const region = new LiveRegion({ ...(size === 0 && { columns: 0, rows: 0 }), write: (text) => written.push(text) });
  expect([region.columns, region.rows]).toEqual([80, 24]);
  region.draw(['x'.repeat(79)]);
  region.draw(['y']);
  expect(written.at(-1)).toBe('\ry\u001b[J');
});

it('a region of one column counts the lines that were wrapped', () => {
  const written: string[] = [];
  const region = new LiveRegion({ columns: 1, rows: 1, write: (text) => written.push(text) });
  region.draw(['abc', '']);
  region.draw(['']);
  expect(written.at(-1)).toBe('\r\u001b[3A\u001b[J');
});

it('a region that is not taken keeps what stands above it, draws no frame behind another, and bounds what waits', () => {
  const written: string[] = [];
  const stream = { columns: 80, rows: 24, writableLength: 0, write: (text: string) => written.push(text) };
  const region = new LiveRegion(stream);
  region.draw(['frame 1']);
  stream.writableLength = 1;
  for (let line = 0; line < 5_000; line += 1) region.draw([`frame ${line}`], [`line ${line}`]);
  expect(written).toHaveLength(1);
  stream.writableLength = 0;
  region.draw(['last']);
  const lines = (written[1] ?? '').replaceAll('\u001b[K', '').split('\n');
  expect(lines).toHaveLength(1_002);
  expect(lines.slice(0, 2)).toEqual(['\rline 0', 'line 1']);
  expect(lines.slice(-2)).toEqual(['… 4000 more lines are not shown: the terminal took none', 'last\u001b[J']);
});
