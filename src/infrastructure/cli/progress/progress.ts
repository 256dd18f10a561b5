import type { RunEvent } from '../../../application/runner/run-events.ts';
import { LiveRegion, type ProgressStream } from '../output/live-region.ts';
import { type Style, failureText, progressLine, progressValue, regionLines } from './progress-text.ts';
import type { RunStats } from './run-stats.ts';
import { plain } from '../../text/terminal-text.ts';
import { grouped } from '../../text/format.ts';

/** Shows how a run goes, on stderr. */
export interface Progress {
  /** Whether statistics are shown, so that they must be kept up to date. */
  readonly shows: boolean;
  /** Writes another line, such as a log's, without destroying the progress. */
  line(text: string): void;
  /** Shows these statistics from now on. */
  begin(stats: RunStats): void;
  /** Called after the statistics have counted the event. */
  event(event: RunEvent): void;
  /** Ends the progress. Only other lines are shown after it. */
  end(): void;
}

const REDRAW_MILLISECONDS = 100;
const LINE_MILLISECONDS = 10_000;
const MOST_FAILURES = 20;

/** Shows only other lines. */
export const silentProgress = (stream: ProgressStream): Progress => ({
  shows: false,
  line: (text) => void stream.write(`${text}\n`),
  begin: () => {},
  event: () => {},
  end: () => {},
});

/**
 * A region at the bottom of a terminal, redrawn ten times a second. Other lines appear above it. `takeOthers` captures
 * what other code writes to the terminal; it returns a function that ends the capture.
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

/** Lines for a log file: one every ten seconds and one at the end, and the first twenty failures. */
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

/** For one experiment whose output is shown: other lines, and the progress that it reports. */
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
