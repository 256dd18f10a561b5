import type { Experimenter } from '../../../application/experimenter.ts';
import type { RunSummary } from '../../../application/runner/run-events.ts';
import { ValueCounts } from '../../../application/analysis/value-counts.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import type { StatusCounts } from '../../../domain/repository/study-reader.ts';
import type { Configuration } from '../../config/schema/configuration.ts';
import { outputWidth } from '../output/aligned.ts';
import { RunDisplay, finishedText } from '../progress/run-display.ts';
import { exitCodeOfRun } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { chosenStudy, commandOf, placeOf, withStudy } from '../arguments/session.ts';
import { selectionOf } from '../arguments/selection.ts';
import { summaryLines } from '../progress/summary.ts';
import type { RunStatsOptions } from '../progress/run-stats.ts';
import { wrapped } from '../../text/terminal-text.ts';
import { counted, grouped } from '../../text/format.ts';

const nothing: RunSummary = {
  executed: 0,
  done: 0,
  error: 0,
  paused: 0,
  withoutResults: 0,
  seconds: 0,
  perSecond: 0,
};

/** Creates missing tables, adds missing experiments, then executes until nothing is open. */
export const run: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const narrowed = flags.id !== undefined || flags.where !== undefined;
  const selection = narrowed ? selectionOf(flags, configuration.study) : undefined;
  const display = new RunDisplay(flags);
  const { progress, stop } = display;
  try {
    return await withStudy(
      chosen,
      async (experimenter) => {
        const { added, existing } = await experimenter.ensureFilled();
        if (flags.quiet !== true && flags.json !== true) {
          progress.line(
            `Study ${configuration.study.table}: ${counted(added, 'experiment')} added, ${grouped(existing)} there already.`,
          );
        }
        const before = await experimenter.counts();
        const { summary, counts } = stop.drain.aborted
          ? { summary: nothing, counts: before }
          : await display.run(
              before,
              await statsOptions(experimenter, configuration, before, flags),
              (options) => experimenter.execute({ ...options, ...(selection && { selection }) }),
              async () => experimenter.counts(),
            );
        if (flags.json === true) display.say(finishedText(added, summary));
        else if (flags.quiet !== true) {
          const story = {
            summary,
            counts,
            failedId: display.failedId,
            withoutResultsId: display.withoutResultsId,
            signal: stop.signal,
            place: placeOf(configuration),
          };
          const lines = summaryLines({ ...story, command: (verb) => commandOf(verb, flags) });
          display.say(lines.map((line) => wrapped(line, outputWidth())).join('\n'));
        }
        // With a selection the exit code is about the selection and not about the study.
        const { open, failed } = selection
          ? { open: 0, failed: summary.error }
          : { open: counts.created, failed: counts.error };
        const withoutResults = flags.strict === true ? await lacking(experimenter, summary, selection) : 0;
        return exitCodeOfRun({ signal: stop.signal, open, failed, withoutResults });
      },
      { executes: true, writeLine: (line) => display.log(line) },
    );
  } finally {
    display.end();
  }
};

/**
 * How many experiments are done without results: of the study; of this run if it has a selection or the study is too
 * large.
 */
const lacking = async (experimenter: Experimenter, summary: RunSummary, selection?: Selection): Promise<number> =>
  (selection ? undefined : await experimenter.withoutResults())?.count ?? summary.withoutResults;

/** More open experiments than this are not counted by their values, because it takes too long. */
const MOST_COUNTED = 50_000;

/** The keyfields and counts for the forecast; none if no progress is shown or if counting takes too long. */
const statsOptions = async (
  experimenter: Experimenter,
  { study, runner: { workers, maxExperiments } }: Configuration,
  { created, running }: StatusCounts,
  { quiet, json }: Flags,
): Promise<RunStatsOptions> => {
  const options = { workers, maxExperiments };
  if (quiet === true || json === true || created + running > MOST_COUNTED) return options;
  const keyfields = study.keyfields.map(({ name }) => name);
  const open = new ValueCounts(keyfields);
  for await (const page of experimenter.values(keyfields, { statuses: ['created', 'running'] }))
    for (const values of page) open.add(Object.fromEntries(keyfields.map((name, at) => [name, values[at] ?? null])));
  return { ...options, keyfields, open };
};
