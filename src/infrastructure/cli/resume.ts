import { print } from './data-out.ts';
import { Execution, finishedText } from './execution.ts';
import { exitCodeOfRun } from './exit-code.ts';
import type { Verb } from './flags.ts';
import { wholeNumber } from './selection.ts';
import { chosenStudy, commandOf, withStudy } from './session.ts';
import { duration } from './words.ts';

/** Continues a paused experiment here. */
export const resume: Verb = async (flags, argument) => {
  const id = wholeNumber(argument, 'id');
  const chosen = await chosenStudy(flags);
  const execution = new Execution(flags);
  try {
    return await withStudy(
      chosen,
      async (experimenter) => {
        const one = { created: 1, running: 0, done: 0, error: 0, paused: 0 };
        const { summary } = await execution.run(one, 1, (options) => experimenter.resume(id, options));
        if (flags.json === true) await print(finishedText(0, summary));
        else if (flags.quiet !== true) {
          const { done, error, paused, seconds } = summary;
          const how =
            done > 0
              ? 'is done'
              : error > 0
                ? 'failed'
                : paused > 0
                  ? 'is paused again'
                  : 'was released: it is paused as before';
          await print(`Experiment ${id} ${how}, after ${duration(seconds)}: \`${commandOf(`show ${id}`, flags)}\`.`);
        }
        return exitCodeOfRun({ signal: execution.stop.signal, open: 0, failed: summary.error });
      },
      { executes: true, writeLine: (line) => execution.log(line) },
    );
  } finally {
    execution.end();
  }
};
