import type { RunSummary } from '../../../application/runner/run-events.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { RunDisplay, finishedText } from '../progress/run-display.ts';
import { exitCodeOfRun } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { selectionOf } from '../arguments/selection.ts';
import { chosenStudy, commandOf, withStudy } from '../arguments/session.ts';
import { counted, duration } from '../../text/format.ts';
import { usage, wholeNumber } from '../arguments/flag-values.ts';

/** Continues a paused experiment, or all paused experiments of a selection, in this process. */
export const resume: Verb = async (flags, argument) => {
  const chosen = await chosenStudy(flags);
  const which = whichOf(flags, argument, chosen.configuration.study);
  const display = new RunDisplay(flags);
  const workers = typeof which === 'number' ? 1 : chosen.configuration.runner.workers;
  try {
    return await withStudy(
      chosen,
      async (experimenter) => {
        const one = { created: 1, running: 0, done: 0, error: 0, paused: 0 };
        const { summary } = await display.run(one, { workers }, (options) => experimenter.resume(which, options));
        if (flags.json === true) display.say(finishedText(0, summary));
        else if (flags.quiet !== true)
          display.say(typeof which === 'number' ? oneText(which, summary, flags) : manyText(summary));
        const withoutResults = flags.strict === true ? summary.withoutResults : 0;
        return exitCodeOfRun({ signal: display.stop.signal, open: 0, failed: summary.error, withoutResults });
      },
      { executes: true, writeLine: (line) => display.log(line) },
    );
  } finally {
    display.end();
  }
};

const whichOf = (flags: Flags, argument: string, study: StudyDefinition): number | Selection => {
  const { id, where, limit, all } = flags;
  const selected = id !== undefined || where !== undefined || limit !== undefined;
  const ways = [argument !== '', selected, all === true].filter(Boolean).length;
  if (ways !== 1)
    throw usage(
      `resume: ${ways === 0 ? 'say which experiments' : 'contradictory'}: the ID of one; or --id, --where and --limit; or --all`,
    );
  return argument === '' ? selectionOf({ ...flags }, study) : wholeNumber('id', argument);
};

const oneText = (id: number, { done, error, paused, withoutResults, seconds }: RunSummary, flags: Flags): string => {
  const how =
    done > 0
      ? `is done${withoutResults > 0 ? ', without any of the declared results' : ''}`
      : error > 0
        ? 'failed'
        : paused > 0
          ? 'is paused again'
          : 'was released: it is paused as before';
  return `Experiment ${id} ${how}, after ${duration(seconds)}: \`${commandOf(`show ${id}`, flags)}\`.`;
};

const manyText = ({ executed, done, error, paused, withoutResults, seconds }: RunSummary): string =>
  executed === 0
    ? 'Nothing executed: none of the selected experiments is paused.'
    : `${counted(executed, 'experiment')} continued in ${duration(seconds)}: ${done} done${withoutResults > 0 ? ` (${withoutResults} without any of the declared results)` : ''}, ${error} failed, ${paused} paused again.`;
