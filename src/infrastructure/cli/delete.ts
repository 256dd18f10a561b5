import type { Experimenter } from '../../application/experimenter.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { TableNames } from '../../domain/experiment-repository.ts';
import { companionTableName, logtableName } from '../../domain/study.ts';
import { confirm } from './confirm.ts';
import { print } from './data-out.ts';
import { deleteSelected } from './delete-selected.ts';
import { ExitCode } from './exit-code.ts';
import type { Flags, Verb } from './flags.ts';
import { jsonText } from './json.ts';
import { selectionOf } from './selection.ts';
import { chosenStudy, placeOf, withTables, writing } from './session.ts';
import { plain } from './text.ts';
import { counted, grouped } from './words.ts';

/** Counting the rows of a log beyond this takes longer than it is worth. */
const MOST_COUNTED = 100_000;

/** The tables that were dropped, and those that were not though they bear names of the study. */
interface Deletion {
  readonly dropped: readonly string[];
  readonly others: TableNames['others'];
}

/** Deletes the selected experiments; without a selection, drops every table of the study. */
export const deleteStudy: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const selection = selectionOf(flags, chosen.configuration.study);
  if (Object.keys(selection).length > 0) return deleteSelected(chosen, selection, flags);
  const place = placeOf(chosen.configuration);
  const { dropped, others } = await withTables<Deletion>(
    chosen,
    async (experimenter) => (experimenter ? deleteRest(experimenter, place, flags) : { dropped: [], others: [] }),
    async (experimenter) => {
      const tables = await experimenter.tables();
      if (tables.own.includes(companionTableName(experimenter.study, 'leases')) && flags.force !== true)
        await requireIdle(experimenter);
      const rows = Object.values(await experimenter.counts()).reduce((sum, count) => sum + count, 0);
      const texts = await tableTexts(experimenter, tables.own);
      return deleteTables(experimenter, tables, [`${place} (${counted(rows, 'experiment')})`, ...texts], flags);
    },
    writing,
  );
  if (flags.json === true)
    await print(
      jsonText({
        v: 1,
        deleted: dropped.length > 0,
        tables: dropped,
        ...(others.length > 0 && { leftAlone: others.map(({ name }) => name) }),
      }),
    );
  else if (flags.quiet !== true)
    await print(
      dropped.length === 0
        ? `There is no ${place}: nothing to delete.`
        : `Dropped${flags.recreate === true ? ' and created again' : ''}: ${plain(dropped.join(', '))}.${leftAlone(others)}`,
    );
  return ExitCode.Success;
};

/** Somebody has dropped the main table alone. */
const deleteRest = async (experimenter: Experimenter, place: string, flags: Flags): Promise<Deletion> => {
  const tables = await experimenter.tables();
  if (tables.own.length === 0) return { dropped: [], others: tables.others };
  const texts = tables.own.map((name, index) =>
    plain(index === 0 ? `There is no ${place}. What is left, ${name}` : name),
  );
  return deleteTables(experimenter, tables, texts, flags);
};

const deleteTables = async (
  experimenter: Experimenter,
  { own, others }: TableNames,
  texts: readonly string[],
  flags: Flags,
): Promise<Deletion> => {
  await confirm(`${texts.join(', ')} would be dropped.${leftAlone(others)}`, flags);
  const dropped = await (flags.recreate === true ? experimenter.recreate(own) : experimenter.delete(own));
  return { dropped, others };
};

const leftAlone = (others: TableNames['others']): string =>
  others.length === 0
    ? ''
    : ` Left alone, not the study's own: ${plain(others.map(({ name, why }) => `${name} (${why})`).join(', '))}.`;

const requireIdle = async (experimenter: Experimenter): Promise<void> => {
  const { runners } = await experimenter.status();
  const live = runners.filter(({ state, expired, running }) => state !== 'dead' && !expired && running > 0);
  if (live.length === 0) return;
  const who = live.map(({ host, pid, running }) => `process ${pid} on ${host} runs ${running}`).join(', ');
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `the study is being executed: ${plain(who)}. Stop that first, or give --force.`,
  );
};

/** The tables beside the main one; the study's logtables with their rows. */
const tableTexts = async (experimenter: Experimenter, own: readonly string[]): Promise<readonly string[]> => {
  const { study } = experimenter;
  const texts: string[] = [];
  for (const name of own.filter((table) => table !== study.table)) {
    const logtable = study.logtables.find((one) => logtableName(study, one.name) === name);
    texts.push(plain(logtable ? `${name} (${await rowsOf(experimenter, logtable.name)})` : name));
  }
  return texts;
};

const rowsOf = async (experimenter: Experimenter, logtable: string): Promise<string> => {
  let rows = 0;
  for await (const _row of experimenter.logs(logtable)) {
    rows += 1;
    if (rows > MOST_COUNTED) return `more than ${grouped(MOST_COUNTED)} rows`;
  }
  return counted(rows, 'row');
};
