import type { Selection } from '../../../domain/repository/selection.ts';
import { confirm } from '../arguments/confirm.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { type ChosenStudy, placeOf, withTables, writing } from '../arguments/session.ts';
import { counted, grouped } from '../../text/format.ts';

/** Deletes some experiments, with their results, logs and history, after asking. */
export const deleteSelected = async (chosen: ChosenStudy, selection: Selection, flags: Flags): Promise<number> => {
  const place = placeOf(chosen.configuration);
  const outcome = await withTables(
    chosen,
    async () => ({ deleted: 0, leased: 0 }),
    async (experimenter) => {
      let selected = 0;
      for await (const page of experimenter.values(['ID'], selection)) selected += page.length;
      if (selected === 0) return { deleted: 0, leased: 0 };
      await confirm(`${counted(selected, 'experiment')} of ${place} would be deleted, with results and logs.`, flags);
      return experimenter.deleteExperiments(selection);
    },
    writing,
  );
  const { deleted, leased } = outcome;
  if (flags.json === true) await print(jsonText({ v: 1, deleted, leased }));
  else if (flags.quiet !== true) {
    const left =
      leased > 0 ? ` ${grouped(leased)} under a lease of a runner ${leased === 1 ? 'was' : 'were'} left alone.` : '';
    await print(`${counted(deleted, 'experiment')} deleted.${left}`);
  }
  return ExitCode.Success;
};
