import { alterAfterAsking, alteredText, wishesOf } from './alter.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { chosenStudy, placeOf, withStudy } from '../arguments/session.ts';
import { counted, grouped } from '../../text/format.ts';

/** Creates the tables if they are missing, and adds the experiments of the configuration that are not there yet. */
export const fill: Verb = async (flags) => {
  wishesOf(flags);
  const chosen = await chosenStudy(flags);
  const place = placeOf(chosen.configuration);
  const { altered, added, existing } = await withStudy(chosen, async (experimenter) => {
    const alterations = flags.alter === true ? await alterAfterAsking(experimenter, flags) : undefined;
    if (flags.createOnly !== true) return { altered: alterations, ...(await experimenter.fillFromConfig()) };
    await experimenter.create();
    return { altered: alterations, added: 0, existing: 0 };
  });
  if (flags.json === true) await print(jsonText({ v: 1, added, existing, ...(altered && { altered }) }));
  else if (flags.quiet !== true) {
    const before = altered ? [alteredText(altered)] : [];
    const after =
      flags.createOnly === true
        ? `The tables are there: ${place}.`
        : `${counted(added, 'experiment')} added, ${grouped(existing)} there already: ${place}.`;
    await print([...before, after].join('\n'));
  }
  return ExitCode.Success;
};
