import type { Alteration, AlterationWishes, ValueCount } from '../../../domain/repository/alteration.ts';
import { requireFit, requireNoneLives } from '../../../domain/repository/alteration.ts';
import type { Experimenter } from '../../../application/experimenter.ts';
import { companionTableName } from '../../../domain/study/table-names.ts';
import { confirm } from '../arguments/confirm.ts';
import type { Flags } from '../arguments/flags.ts';
import { plain } from '../../text/terminal-text.ts';
import { counted, grouped } from '../../text/format.ts';
import { usage } from '../arguments/flag-values.ts';

/** The wishes of `--rename` and `--drop`. Throws `USAGE`. */
export const wishesOf = ({ alter, rename = [], drop = [] }: Flags): AlterationWishes => {
  if (alter !== true && rename.length + drop.length > 0)
    throw usage('--rename and --drop belong to --alter: give it, too');
  const renames = rename.map((text) => {
    const [column = '', field = '', ...more] = text.split('=');
    if (column !== '' && field !== '' && more.length === 0) return [column, field] as const;
    throw usage(`--rename: found ${plain(text)}; allowed is column=field`);
  });
  return { renames, drops: drop };
};

/** Alters columns after a confirmation. Returns the alterations; empty if there was nothing to do. */
export const alterAfterAsking = async (experimenter: Experimenter, flags: Flags): Promise<readonly Alteration[]> => {
  const alterations = await experimenter.alterations(wishesOf(flags));
  if (alterations.length === 0) return [];
  const { own } = await experimenter.tables();
  if (flags.force !== true && own.includes(companionTableName(experimenter.study, 'runners')))
    requireNoneLives(await experimenter.runners());
  requireFit(alterations);
  await confirm(alterations.map(alterationText).join('\n'), flags);
  await experimenter.alter(alterations, { force: flags.force === true });
  return alterations;
};

/** The alteration of a column in words, safe for a terminal. */
const alterationText = ({ table, column, type, becomes, values, rewritten }: Alteration): string => {
  const here = `${table}.${column}`;
  if (!becomes) return plain(`${here} would be dropped with ${counted(values, 'value')}, which nothing brings back.`);
  const name = becomes.name === column ? [] : [`be renamed to ${becomes.name}`];
  const retyped = becomes.retyped ? [`become ${becomes.type} (it is ${type})`] : [];
  const replaced = becomes.replaces ? `; the column ${becomes.name}, which is empty, would be dropped` : '';
  return plain(`${here} would ${[...name, ...retyped].join(' and ')}: ${kept(values, rewritten)}${replaced}.`);
};

const kept = (values: number, { count, example }: ValueCount): string => {
  const all = `${counted(values, 'value')}, none of which is lost`;
  return count === 0 || !example
    ? all
    : `${all}; ${grouped(count)} would be written in another way, as ${example.value} in the row of ID ${example.id} (${example.outcome})`;
};

/** What was done, and the statements that undo it. */
export const alteredText = (alterations: readonly Alteration[]): string => {
  const undo = alterations.flatMap((one) => one.undo ?? []);
  const done = `${counted(alterations.length, 'column')} altered.`;
  return undo.length === 0 ? done : `${done} To take it back: ${plain(undo.join(' '))}`;
};
