import type { RunSummary } from '../../application/run-events.ts';
import { print } from './data-out.ts';
import { Execution, finishedText } from './execution.ts';
import { exitCodeOfRun } from './exit-code.ts';
import type { Verb } from './flags.ts';
import { chosenStudy, commandOf, placeOf, withStudy } from './session.ts';
import { selectionOf } from './selection.ts';
import { summaryLines } from './summary.ts';
import { counted, grouped } from './words.ts';

const nothing: RunSummary = { executed: 0, done: 0, error: 0, paused: 0, seconds: 0, perSecond: 0 };

/** Creates the tables if they are missing, adds what is missing to them, then executes until nothing is open. */
export const run: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const narrowed = flags.id !== undefined || flags.where !== undefined;
  const selection = narrowed ? selectionOf(flags, configuration.study) : undefined;
  const execution = new Execution(flags);
  const { progress, stop } = execution;
  try {
    return await withStudy(
      chosen,
      async (experimenter) => {
        const { added, existing } = await experimenter.fillFromConfig();
        if (flags.quiet !== true && flags.json !== true) {
          progress.line(
            `Study ${configuration.study.table}: ${counted(added, 'experiment')} added, ${grouped(existing)} there already.`,
          );
        }
        const before = await experimenter.counts();
        const { summary, counts } = stop.drain.aborted
          ? { summary: nothing, counts: before }
          : await execution.run(
              before,
              configuration.runner.workers,
              (options) => experimenter.execute({ ...options, ...(selection && { selection }) }),
              async () => experimenter.counts(),
            );
        if (flags.json === true) await print(finishedText(added, summary));
        else if (flags.quiet !== true) {
          const story = {
            summary,
            counts,
            failedId: execution.failedId,
            signal: stop.signal,
            place: placeOf(configuration),
          };
          await print(summaryLines({ ...story, command: (verb) => commandOf(verb, flags) }).join('\n'));
        }
        // Of a selection it says how that went, not how the study stands.
        const { open, failed } = selection
          ? { open: 0, failed: summary.error }
          : { open: counts.created, failed: counts.error };
        return exitCodeOfRun({ signal: stop.signal, open, failed });
      },
      { executes: true, writeLine: (line) => execution.log(line) },
    );
  } finally {
    execution.end();
  }
};
