import { print } from './data-out.ts';
import { ExitCode } from './exit-code.ts';
import type { Verb } from './flags.ts';
import { jsonText } from './json.ts';
import { chosenStudy, placeOf, withStudy } from './session.ts';
import { counted, grouped } from './words.ts';

/** Creates the tables if they are missing, and adds the experiments of the configuration that are not there yet. */
export const fill: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  if (flags.createOnly === true) {
    await withStudy(chosen, (experimenter) => experimenter.create());
    if (flags.json === true) await print(jsonText({ v: 1, added: 0, existing: 0 }));
    else if (flags.quiet !== true) await print(`The tables are there: ${placeOf(chosen.configuration)}.`);
    return ExitCode.Success;
  }
  const { added, existing } = await withStudy(chosen, (experimenter) => experimenter.fillFromConfig());
  if (flags.json === true) await print(jsonText({ v: 1, added, existing }));
  else if (flags.quiet !== true) {
    await print(
      `${counted(added, 'experiment')} added, ${grouped(existing)} there already: ${placeOf(chosen.configuration)}.`,
    );
  }
  return ExitCode.Success;
};
