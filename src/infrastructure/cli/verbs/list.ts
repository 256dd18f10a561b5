import { errorLine } from '../../../domain/experiment/error-line.ts';
import { isNumeric, type Value } from '../../../domain/values/column.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import type { Experimenter } from '../../../application/experimenter.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { resultColumnNames, tableColumns } from '../../../domain/study/table-layout.ts';
import { alignedLines, outputWidth, type TextColumn } from '../output/aligned.ts';
import { DataOut } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { cellText } from '../../../domain/values/value-text.ts';
import { JsonRows } from '../../export/text-rows.ts';
import { selectionOf } from '../arguments/selection.ts';
import { asStored, chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';

/** Lists the selected experiments, one a line. */
export const list: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const out = new DataOut(process.stdout);
  await withTables(
    chosen,
    async () => {
      selectionOf(flags, chosen.configuration.study);
      const hint = `there is no ${placeOf(chosen.configuration)} yet: \`${commandOf('fill', flags)}\` creates it`;
      if (flags.json !== true) process.stderr.write(`ts-experimenter: ${hint}\n`);
    },
    async (experimenter) => {
      const study = await experimenter.readable();
      const selection = selectionOf(flags, study);
      const count = await write(experimenter, study, selection, flags, out);
      if (count === 0 && flags.json !== true && flags.quiet !== true)
        process.stderr.write(`${nothingText(selection)}\n`);
    },
    asStored,
  );
  await out.flush();
  return ExitCode.Success;
};

const write = async (
  experimenter: Experimenter,
  study: StudyDefinition,
  selection: Selection,
  flags: Flags,
  out: DataOut,
): Promise<number> => {
  let listed = 0;
  const json = flags.json === true;
  const columns = json ? tableColumns(study) : listColumns(study);
  const names = columns.map(({ name }) => name);
  const pages = experimenter.values(names, selection);
  if (json) {
    const writer = new JsonRows(out, tableColumns(study));
    for await (const page of pages) {
      await writer.rows(page);
      listed += page.length;
      if (out.gone) break;
    }
    return listed;
  }
  const rows = async function* (): AsyncGenerator<readonly string[]> {
    const cells = cellsOf(names, study);
    for await (const page of pages) {
      listed += page.length;
      yield* page.map(cells);
    }
  };
  let waiting = '';
  for await (const line of alignedLines(listColumns(study), rows(), outputWidth())) {
    if (listed === 0) waiting = line; // the header of no rows
    else await out.line(line);
    if (out.gone) break;
  }
  return waiting === '' ? listed : 0;
};

/** The texts of a row. */
const cellsOf = (
  names: readonly string[],
  { resultfields }: StudyDefinition,
): ((row: readonly Value[]) => readonly string[]) => {
  const [status, error] = [names.indexOf('status'), names.indexOf('error')];
  const results = resultfields.map(({ name }) => names.indexOf(name));
  return (row) => {
    const cells = row.map((value) => cellText(value));
    cells[error] = errorLine(cells[error] ?? '');
    const lacksResults = row[status] === 'done' && results.length > 0 && results.every((at) => row[at] === null);
    if (lacksResults) cells[status] += ', no results';
    return cells;
  };
};

/** The columns in the order of interest: status, keyfields, results, error. */
const listColumns = (study: StudyDefinition): readonly TextColumn[] => {
  const numeric = tableColumns(study).filter(({ type }) => isNumeric(type));
  const names = ['ID', 'status', ...study.keyfields.map(({ name }) => name), ...resultColumnNames(study), 'error'];
  names.push(...(study.undeclared ?? []).map(({ name }) => name));
  return names.map((name) => ({ name, right: numeric.some((column) => column.name === name) }));
};

const nothingText = (selection: Selection): string =>
  Object.keys(selection).length === 0 ? 'no experiments' : 'no experiment matches the selection';
