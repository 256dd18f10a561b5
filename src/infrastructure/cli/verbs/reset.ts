import { confirm } from '../arguments/confirm.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { leasedText } from '../progress/summary.ts';
import { selectionOf } from '../arguments/selection.ts';
import { chosenStudy, commandOf, placeOf, withTables, writing } from '../arguments/session.ts';
import { counted } from '../../text/format.ts';
import { usage } from '../arguments/flag-values.ts';

/** How many experiments were reset, and how many were left because they have a lease. */
interface ResetOutcome {
  readonly reset: number;
  readonly leased: number;
}

/** Opens the selected experiments again and deletes their results. */
export const reset: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const selection = selectionOf(flags, chosen.configuration.study);
  requireExplicit(flags);
  const outcome = await withTables<ResetOutcome | undefined>(
    chosen,
    async () => undefined,
    async (experimenter) => {
      // Results of done and paused experiments are lost by a reset.
      const { done, paused } = await experimenter.counts(selection);
      const results = done + paused;
      if (results > 0)
        await confirm(`${counted(results, 'result')} in ${placeOf(chosen.configuration)} would be lost.`, flags);
      return experimenter.reset(selection);
    },
    writing,
  );
  await tell(outcome, placeOf(chosen.configuration), flags);
  return ExitCode.Success;
};

/** Opens the failed experiments of the selection again. */
export const retry: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const selection = selectionOf(flags, chosen.configuration.study);
  const outcome = await withTables<ResetOutcome | undefined>(
    chosen,
    async () => undefined,
    (experimenter) => experimenter.retry(selection),
    writing,
  );
  await tell(outcome, placeOf(chosen.configuration), flags);
  return ExitCode.Success;
};

const requireExplicit = ({ status, id, where, all }: Flags): void => {
  const narrowed = status !== undefined || id !== undefined || where !== undefined;
  if (narrowed && all === true)
    throw usage('reset: --all contradicts --status, --id and --where; give one or the others');
  if (!narrowed && all !== true)
    throw usage('reset: say which experiments: --status, --id or --where, or --all of them');
};

const tell = async (outcome: ResetOutcome | undefined, place: string, flags: Flags): Promise<void> => {
  const { reset: count, leased } = outcome ?? { reset: 0, leased: 0 };
  if (flags.json === true) return print(jsonText({ v: 1, reset: count, leased }));
  if (flags.quiet === true) return undefined;
  if (outcome === undefined) return print(`There is no ${place} yet: nothing to reset.`);
  const next = count > 0 ? ` Execute with \`${commandOf('run', flags)}\`.` : '';
  return print(`${counted(count, 'experiment')} open again.${leasedText(leased)}${next}`);
};
