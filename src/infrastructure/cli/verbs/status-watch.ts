import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { Experimenter } from '../../../application/experimenter.ts';
import { paceRange } from '../../../application/analysis/durations.ts';
import type { StudyStatus } from '../../../application/study/reports.ts';
import { hasCode } from '../../../domain/errors.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags } from '../arguments/flags.ts';
import { type FleetView, fleetLines, statusJson } from '../progress/fleet-view.ts';
import { LiveRegion } from '../output/live-region.ts';
import { makeNonBlocking } from '../output/nonblocking.ts';
import type { Style } from '../progress/progress-text.ts';
import { wholeNumber } from '../arguments/flag-values.ts';
import { chosenStudy, placeOf, withTables } from '../arguments/session.ts';
import { heardSignals } from '../output/signals.ts';
import { cut } from '../../text/terminal-text.ts';

const DEFAULT_SECONDS = '2';
/** The rate is computed of this last time. */
const WINDOW_MILLISECONDS = 5 * 60_000;
/** The most running experiments that are read; no terminal shows more. */
const MOST_RUNNING = 200;

/**
 * Shows the fleet again and again until a signal stops it, which is no failure. On a terminal the view is replaced in
 * place. Elsewhere it is a block each time, with --json a line each time.
 */
export const watchStatus = async (flags: Flags, seconds: string | true): Promise<number> => {
  const every = wholeNumber('--watch', seconds === true ? DEFAULT_SECONDS : seconds) * 1000;
  const chosen = await chosenStudy(flags);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of heardSignals()) process.once(signal, onSignal);
  const show = flags.json === true ? print : shownOn(process.stdout);
  try {
    while (!stop.signal.aborted) {
      // The table may be created while the user watches.
      await withTables(
        chosen,
        async () => {
          const text = `There is no ${placeOf(chosen.configuration)} yet.`;
          if (flags.json === true) process.stderr.write(`${text}\n`);
          else await show(text);
        },
        (experimenter) => watch(experimenter, every, stop.signal, flags.json === true, show),
      );
      await wait(every, undefined, { signal: stop.signal }).catch(() => {}); // stopped by a signal
    }
  } finally {
    for (const signal of heardSignals()) process.off(signal, onSignal);
  }
  return ExitCode.Success;
};

type Show = (text: string, view?: FleetView) => Promise<void>;

/** Shows views in place on a terminal, where the last one stays; elsewhere one after the other. */
const shownOn = (stdout: typeof process.stdout): Show => {
  const live = stdout.isTTY && process.env['TERM'] !== 'dumb';
  makeNonBlocking(stdout, 'wait');
  const region = new LiveRegion(stdout);
  const style: Style = (format, text) => styleText(format === 'dim' ? 'gray' : format, text, { stream: stdout });
  const plainStyle: Style = (_format, text) => text;
  if (!live)
    return async (text, view) =>
      print(view ? `${fleetLines(view, { columns: 121, rows: 200 }, plainStyle).join('\n')}\n` : text);
  process.once('exit', () => stdout.write('\n'));
  let last: readonly string[] = [];
  return async (text, view) => {
    if (view) last = fleetLines(view, region, style);
    region.draw(view ? last : [...last.slice(0, region.rows - 2), cut(text, region.columns - 1)]);
  };
};

const watch = async (
  experimenter: Experimenter,
  every: number,
  signal: AbortSignal,
  json: boolean,
  show: Show,
): Promise<void> => {
  const samples: EndedSample[] = [];
  while (!signal.aborted) {
    try {
      const status = await experimenter.status();
      await (json ? show(statusJson(status)) : show('', await viewOf(experimenter, status, samples)));
    } catch (failure) {
      if (!hasCode(failure, 'DATABASE_UNREACHABLE')) throw failure;
      const text = 'The database is away; asked again.';
      if (json) process.stderr.write(`${text}\n`);
      else await show(text);
    }
    await wait(every, undefined, { signal }).catch(() => {}); // stopped: the loop checks the signal
  }
};

/** How many experiments had ended at a time of `performance.now()`. */
interface EndedSample {
  readonly at: number;
  readonly ended: number;
}

/** The view of this status, which also becomes a sample for the rate. */
const viewOf = async (experimenter: Experimenter, status: StudyStatus, samples: EndedSample[]): Promise<FleetView> => {
  const { done, error, paused, created, running } = status.counts;
  const now = { at: performance.now(), ended: done + error + paused };
  // After a reset fewer experiments have ended, so the rate starts again.
  if (now.ended < (samples.at(-1)?.ended ?? 0)) samples.length = 0;
  samples.push(now);
  while ((samples[1]?.at ?? now.at) < now.at - WINDOW_MILLISECONDS) samples.shift();
  const [first = now] = samples;
  const seconds = (now.at - first.at) / 1000;
  const ended = now.ended - first.ended;
  return {
    status,
    running: await experimenter.running(MOST_RUNNING),
    perSecond: ended > 0 ? ended / seconds : undefined,
    remaining: paceRange(ended, seconds, created + running),
    date: new Date(),
  };
};
