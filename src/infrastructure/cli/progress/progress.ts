import type { RunEvent } from '../../../application/runner/run-events.ts';
import { LiveRegion, type ProgressStream } from '../output/live-region.ts';
import { type Style, failureText, progressLine, progressValue, regionLines } from './progress-text.ts';
import type { RunStats } from './run-stats.ts';
import { plain } from '../../text/terminal-text.ts';
import { grouped } from '../../text/format.ts';

/** Shows how a run goes, on stderr. */
export interface Progress {
  /** Whether a stats is shown at all, so that somebody should keep it fresh. */
  readonly shows: boolean;
  /** A line of something else: a log, what a signal does. Never garbles the rest. */
  line(text: string): void;
  /** Shows this stats from now on. */
  begin(stats: RunStats): void;
  /** After the stats has counted it. */
  event(event: RunEvent): void;
  /** The last word; nothing is shown any more but lines. */
  end(): void;
}

const REDRAW_MILLISECONDS = 100;
const LINE_MILLISECONDS = 10_000;
const MOST_FAILURES = 20;

/** Only other lines. */
export const silentProgress = (stream: ProgressStream): Progress => ({
  shows: false,
  line: (text) => void stream.write(`${text}\n`),
  begin: () => {},
  event: () => {},
  end: () => {},
});

/**
 * A region at the bottom of a terminal, redrawn at most ten times a second; other lines appear above it. `takeOthers` says
 * what else is written to the terminal meanwhile, until it is called off.
 */
export const liveProgress = (
  stream: ProgressStream,
  style: Style,
  now: () => number,
  takeOthers: (onLine: (line: string) => void) => () => void = () => () => {},
): Progress => {
  let stats: RunStats | undefined;
  let timer: NodeJS.Timeout | undefined;
  const region = new LiveRegion(stream);
  let giveBack = (): void => {};
  const draw = (above: readonly string[] = []): void => {
    if (stats) region.draw(regionLines(stats, now(), region, style), above);
    else for (const line of above) stream.write(`${line}\n`);
  };
  return {
    shows: true,
    line: (text) => draw(text.split('\n')),
    begin: (counted) => {
      stats = counted;
      giveBack = takeOthers((line) => draw([plain(line)]));
      draw();
      timer = setInterval(() => {
        counted.sample(now());
        draw();
      }, REDRAW_MILLISECONDS).unref();
    },
    event: () => {},
    end: () => {
      clearInterval(timer);
      if (stats === undefined) return;
      stats = undefined;
      region.erase();
      giveBack();
    },
  };
};

/** Lines for a log file: one every ten seconds and one at the end; each failure once, the first twenty of them. */
export const plainProgress = (stream: ProgressStream, now: () => number): Progress => {
  let stats: RunStats | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  const line = (text: string): void => void stream.write(`${text}\n`);
  return {
    shows: true,
    line,
    begin: (counted) => {
      stats = counted;
      timer = setInterval(() => {
        counted.sample(now());
        line(progressLine(counted, now()));
      }, LINE_MILLISECONDS).unref();
    },
    event: (event) => {
      if (event.again || (event.event !== 'error' && event.event !== 'timeout')) return;
      failures += 1;
      if (failures > MOST_FAILURES) return;
      line(`failed: ${failureText(event)}`);
    },
    end: () => {
      clearInterval(timer);
      if (stats === undefined) return;
      if (failures > MOST_FAILURES) line(`… and ${grouped(failures - MOST_FAILURES)} more failures`);
      if (stats.total > 0) line(progressLine(stats, now(), true));
      stats = undefined;
    },
  };
};

/** For one experiment whose own output is shown: other lines, and what it says of itself. */
export const foregroundProgress = (stream: ProgressStream, quiet: boolean): Progress => {
  const line = (text: string): void => void stream.write(`${text}\n`);
  return {
    shows: false,
    line,
    begin: () => {},
    event: ({ event, progress }) => {
      const said = event === 'progress' && !quiet ? progressValue(progress) : '';
      if (said !== '') line(`progress: ${said}`);
    },
    end: () => {},
  };
};
