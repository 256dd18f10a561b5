import type { Experimenter } from '../../../application/experimenter.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { TableNames } from '../../../domain/repository/study-store.ts';
import { companionTableName } from '../../../domain/study/table-names.ts';
import { confirm } from '../arguments/confirm.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { leasedText } from '../progress/summary.ts';
import { selectionOf } from '../arguments/selection.ts';
import {
  type ChosenStudy,
  chosenStudy,
  isDatabaseThere,
  placeOf,
  withStudy,
  withTables,
  writing,
} from '../arguments/session.ts';
import { plain } from '../../text/terminal-text.ts';
import { counted, grouped } from '../../text/format.ts';
import type { Selection } from '../../../domain/repository/selection.ts';

/** Rows of a logtable are counted up to this number. */
const MOST_COUNTED = 100_000;

/** The tables that were dropped, and tables with names of the study that belong to another program. */
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
  const { dropped, others } = isDatabaseThere(chosen)
    ? await withStudy(chosen, (experimenter) => dropTables(experimenter, place, flags))
    : { dropped: [], others: [] };
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

/** Drops the tables that are proven to be the study's own, even if their columns differ from the configuration. */
const dropTables = async (experimenter: Experimenter, place: string, flags: Flags): Promise<Deletion> => {
  const tables = await experimenter.tables();
  const { study } = experimenter;
  const foreign = tables.others.find(({ name }) => name === study.table);
  if (foreign) {
    throw new ExperimenterError(
      'SCHEMA_MISMATCH',
      `${place} is not one of a study: ${foreign.why}; choose another table name in the configuration`,
    );
  }
  if (tables.own.length === 0) return { dropped: [], others: tables.others };
  const needed = ['runners', 'leases'] as const;
  if (needed.every((what) => tables.own.includes(companionTableName(study, what))) && flags.force !== true)
    await requireIdle(experimenter);
  const texts = tables.own.map(
    (name) => plain(name === study.table ? place : name) + rowsText(tables.rows?.get(name), name === study.table),
  );
  const rest = tables.own.includes(study.table) ? '' : `There is no ${place}. What is left, `;
  return deleteTables(experimenter, tables, `${rest}${texts.join(', ')} would be dropped.`, flags);
};

const rowsText = (rows: number | undefined, experiments: boolean): string => {
  if (rows === undefined) return '';
  if (experiments) return ` (${counted(rows, 'experiment')})`;
  return rows > MOST_COUNTED ? ` (more than ${grouped(MOST_COUNTED)} rows)` : ` (${counted(rows, 'row')})`;
};

const deleteTables = async (
  experimenter: Experimenter,
  { own, others }: TableNames,
  consequence: string,
  flags: Flags,
): Promise<Deletion> => {
  await confirm(consequence + leftAlone(others), flags);
  const dropped = await (flags.recreate === true ? experimenter.recreate(own) : experimenter.delete(own));
  return { dropped, others };
};

const leftAlone = (others: TableNames['others']): string =>
  others.length === 0
    ? ''
    : ` Left alone, not the study's own: ${plain(others.map(({ name, why }) => `${name} (${why})`).join(', '))}.`;

const requireIdle = async (experimenter: Experimenter): Promise<void> => {
  const live = (await experimenter.runners()).filter(
    ({ state, expired, running }) => state !== 'dead' && !expired && running > 0,
  );
  if (live.length === 0) return;
  const who = live.map(({ host, pid, running }) => `process ${pid} on ${host} runs ${running}`).join(', ');
  throw new ExperimenterError(
    'STATE_CONFLICT',
    `the study is being executed: ${plain(who)}. Stop that first, or give --force.`,
  );
};

/** Deletes the selected experiments with their results, logs and history, after a confirmation. */
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
    await print(`${counted(deleted, 'experiment')} deleted.${leasedText(leased)}`);
  }
  return ExitCode.Success;
};
