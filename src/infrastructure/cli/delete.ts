import type { Experimenter } from '../../application/experimenter.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { companionTableName, companionTables, logtableName, type StudyDefinition } from '../../domain/study.ts';
import { confirm } from './confirm.ts';
import { print } from './data-out.ts';
import { deleteSelected } from './delete-selected.ts';
import { ExitCode } from './exit-code.ts';
import type { Verb } from './flags.ts';
import { jsonText } from './json.ts';
import { selectionOf } from './selection.ts';
import { chosenStudy, placeOf, withTables, writing } from './session.ts';
import { plain } from './text.ts';
import { counted, grouped } from './words.ts';

/** Counting the rows of a log beyond this takes longer than it is worth. */
const MOST_COUNTED = 100_000;

/** Deletes the selected experiments; without a selection, drops every table of the study. */
export const deleteStudy: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const selection = selectionOf(flags, chosen.configuration.study);
  if (Object.keys(selection).length > 0) return deleteSelected(chosen, selection, flags);
  const place = placeOf(chosen.configuration);
  const deleted = await withTables<readonly string[] | undefined>(
    chosen,
    async () => undefined,
    async (experimenter) => {
      const { runners, counts } = await experimenter.status();
      const live = runners.filter(({ state, expired, running }) => state !== 'dead' && !expired && running > 0);
      if (live.length > 0 && flags.force !== true) {
        const who = live.map(({ host, pid, running }) => `process ${pid} on ${host} runs ${running}`).join(', ');
        throw new ExperimenterError(
          'STATE_CONFLICT',
          `the study is being executed: ${plain(who)}. Stop that first, or give --force.`,
        );
      }
      const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const logs = await logTexts(experimenter);
      await confirm(
        `${[`${place} (${counted(rows, 'experiment')})`, ...logs].join(', ')} and the history of attempts would be dropped.`,
        flags,
      );
      await (flags.recreate === true ? experimenter.recreate() : experimenter.delete());
      return tablesOf(experimenter.study);
    },
    writing,
  );
  if (flags.json === true) await print(jsonText({ v: 1, deleted: deleted !== undefined, tables: deleted ?? [] }));
  else if (flags.quiet !== true)
    await print(
      deleted === undefined
        ? `There is no ${place}: nothing to delete.`
        : `Dropped${flags.recreate === true ? ' and created anew' : ''}: ${plain(deleted.join(', '))}.`,
    );
  return ExitCode.Success;
};

const tablesOf = (study: StudyDefinition): readonly string[] => [
  study.table,
  ...study.logtables.map(({ name }) => logtableName(study, name)),
  ...companionTables
    .filter((companion) => companion !== 'codecarbon')
    .map((companion) => companionTableName(study, companion)),
];

const logTexts = async (experimenter: Experimenter): Promise<readonly string[]> => {
  const texts: string[] = [];
  for (const { name } of experimenter.study.logtables) {
    let rows = 0;
    for await (const _row of experimenter.logs(name)) {
      rows += 1;
      if (rows > MOST_COUNTED) break;
    }
    const many = rows > MOST_COUNTED ? `more than ${grouped(MOST_COUNTED)} rows` : counted(rows, 'row');
    texts.push(plain(`${logtableName(experimenter.study, name)} (${many})`));
  }
  return texts;
};
