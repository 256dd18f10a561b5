import { styleText } from 'node:util';
import type { ExecuteOptions } from '../../../application/runner/execute.ts';
import type { RunEvent, RunSummary } from '../../../application/runner/run-events.ts';
import type { StatusCounts } from '../../../domain/repository/study-reader.ts';
import type { Flags } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { liveProgress, plainProgress, type Progress, silentProgress } from './progress.ts';
import { exitCodeOfSignal } from '../output/exit-code.ts';
import type { ProgressStream } from '../output/live-region.ts';
import { makeNonBlocking } from '../output/nonblocking.ts';
import { captureStream } from '../output/capture-stream.ts';
import type { Style } from './progress-text.ts';
import type { StopSignal } from '../../../domain/stop-signals.ts';
import { StopRequest, type StopStep } from '../output/signals.ts';
import { RunStats, type RunStatsOptions } from './run-stats.ts';
import { visibleLines } from '../../text/terminal-text.ts';

const now = (): number => performance.now();

/**
 * The counts of the study are read again after this time, or later if reading is slow: reading takes at most 2 % of it.
 */
const REFRESH_MILLISECONDS = 5_000;
const REFRESH_SHARE = 0.02;

/** The progress of a run: none for programs, a live region on a terminal, lines elsewhere. */
export const progressOf = ({ quiet, json }: Flags): Progress => {
  const { stderr, stdout } = process;
  const terminal = stderr.isTTY && process.env['TERM'] !== 'dumb';
  if (quiet === true || (json === true && (!terminal || stdout.isTTY))) return silentProgress(stderr);
  if (!terminal) return plainProgress(stderr, now);
  const write = stderr.write.bind(stderr);
  const own: ProgressStream = {
    get columns() {
      return stderr.columns;
    },
    get rows() {
      return stderr.rows;
    },
    get writableLength() {
      return stderr.writableLength;
    },
    write: (text) => write(text),
  };
  const style: Style = (format, text) => styleText(format === 'dim' ? 'gray' : format, text, { stream: stderr });
  return liveProgress(own, style, now, (onLine) => captureStream(stderr, onLine));
};

const doing: Readonly<Record<Exclude<StopStep, 'exit'>, (running: number) => string>> = {
  drain: (running) =>
    running === 0
      ? 'stopping'
      : `letting ${running === 1 ? 'the running experiment' : `the ${running} running experiments`} finish; again to abort`,
  abort: () => 'stopping what runs and releasing it; again to leave at once',
};

/** Shows the progress of one run and handles signals. */
export class RunDisplay {
  readonly stop: StopRequest;
  readonly progress: Progress;
  readonly #flags: Flags;
  readonly #stopListening: () => void;
  #stats: RunStats | undefined;
  #refresh: NodeJS.Timeout | undefined;
  #failedId: number | undefined;
  #withoutResultsId: number | undefined;

  constructor(flags: Flags, progress?: Progress) {
    makeNonBlocking(process.stderr, 'drop');
    makeNonBlocking(process.stdout, 'wait');
    this.#flags = flags;
    this.progress = progress ?? progressOf(flags);
    this.stop = new StopRequest({ now, onStep: (step, signal) => this.#onStep(step, signal) });
    this.#stopListening = this.stop.listen();
  }

  /** An experiment that failed in this run. */
  get failedId(): number | undefined {
    return this.#failedId;
  }

  /** An experiment that is done without results in this run. */
  get withoutResultsId(): number | undefined {
    return this.#withoutResultsId;
  }

  /**
   * Calls `start` with signals and events. `before` are the study's counts; `fresh` reads them again. Without `fresh`
   * no progress is shown.
   */
  async run(
    before: StatusCounts,
    options: RunStatsOptions,
    start: (options: ExecuteOptions) => Promise<RunSummary>,
    fresh?: () => Promise<StatusCounts>,
  ): Promise<{ readonly summary: RunSummary; readonly counts: StatusCounts }> {
    const stats = new RunStats(before, { ...options, silent: !this.progress.shows }, now());
    this.#stats = stats;
    if (fresh) this.progress.begin(stats);
    if (fresh && this.progress.shows) this.#refreshIn(REFRESH_MILLISECONDS, stats, fresh);
    try {
      const summary = await start({
        signal: this.stop.drain,
        abortSignal: this.stop.abort,
        onEvent: (event) => this.#onEvent(event, stats),
      });
      const counts = fresh ? await fresh() : before;
      stats.rebase(counts);
      return { summary, counts };
    } finally {
      clearTimeout(this.#refresh);
      this.#refresh = undefined;
      this.progress.end();
    }
  }

  /** A line of the log. */
  log(line: string): void {
    if (this.#flags.quiet !== true || !/^(debug|info): /.test(line)) this.progress.line(line);
  }

  /** Writes the result to standard output. It does not wait until the text is read; the end of the program does. */
  say(text: string): void {
    process.stdout.write(`${process.stdout.isTTY ? visibleLines(text) : text}\n`);
  }

  /** Stops listening to signals. */
  end(): void {
    this.#stopListening();
    this.progress.end();
  }

  #onEvent(event: RunEvent, stats: RunStats): void {
    stats.count(event, now());
    if (!event.again && (event.event === 'error' || event.event === 'timeout')) this.#failedId = event.id;
    if (event.withoutResults) this.#withoutResultsId ??= event.id;
    const { json, quiet } = this.#flags;
    if (json === true && quiet !== true && event.event !== 'released' && event.event !== 'progress')
      process.stdout.write(`${eventText(event)}\n`);
    this.progress.event(event);
  }

  #onStep(step: StopStep, signal: StopSignal): void {
    // Before execution nothing is to be released, and an unfinished fill is rolled back.
    if (step === 'exit' || (step === 'abort' && !this.#stats)) process.exit(exitCodeOfSignal(signal));
    const what = this.#stats
      ? doing[step](this.#stats.running)
      : 'not executing what is being prepared; again to leave at once';
    this.progress.line(`ts-experimenter: ${signal}: ${what}`);
  }

  /** Reads the counts again later. If that fails, the old counts stay. */
  #refreshIn(milliseconds: number, stats: RunStats, fresh: () => Promise<StatusCounts>): void {
    this.#refresh = setTimeout(() => {
      const asked = now();
      fresh()
        .then(
          (counts) => stats.rebase(counts),
          () => {},
        )
        .finally(() => {
          if (this.#refresh)
            this.#refreshIn(Math.max(REFRESH_MILLISECONDS, (now() - asked) / REFRESH_SHARE), stats, fresh);
        });
    }, milliseconds).unref();
  }
}

const rounded = (number: number): number => Number(number.toFixed(3));

const eventText = ({ event, id, attempt, ms, withoutResults, message }: RunEvent): string =>
  jsonText({
    v: 1,
    event,
    id,
    attempt,
    ...(ms !== undefined && { ms: rounded(ms) }),
    ...(withoutResults && { withoutResults }),
    ...(message !== undefined && { message }),
  });

/** The last line of `run --json`. */
export const finishedText = (
  added: number,
  { executed, done, error, paused, withoutResults, seconds, perSecond }: RunSummary,
): string =>
  jsonText({
    v: 1,
    event: 'finished',
    added,
    executed,
    done,
    error,
    paused,
    withoutResults,
    seconds: rounded(seconds),
    perSecond: rounded(perSecond),
  });
