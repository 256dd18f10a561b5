import { errorLine } from '../../../domain/experiment/error-line.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import type { Experiment } from '../../../domain/experiment/experiment.ts';
import { type StudyDefinition, resultColumnNames } from '../../../domain/study/define-study.ts';
import { tableColumns } from '../../../domain/study/table-columns.ts';
import { alignedLines, outputWidth, type TextColumn } from '../output/aligned.ts';
import { cellText, csvColumn } from '../../text/cell.ts';
import { DataOut } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { jsonText, withStoredJson } from '../../../domain/values/value-text.ts';
import { selectionOf } from '../arguments/selection.ts';
import { asStored, chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';

/** The selected experiments, one a line. */
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
      const count = await write(experimenter.list(selection), study, flags, out);
      if (count === 0 && flags.json !== true && flags.quiet !== true)
        process.stderr.write(`${nothingText(selection)}\n`);
    },
    asStored,
  );
  await out.flush();
  return ExitCode.Success;
};

const write = async (
  experiments: AsyncIterable<Experiment>,
  study: StudyDefinition,
  flags: Flags,
  out: DataOut,
): Promise<number> => {
  let listed = 0;
  const columns = listColumns(study);
  const json = tableColumns(study).filter(({ type }) => type.kind === 'json');
  const rows = async function* (): AsyncGenerator<readonly string[]> {
    for await (const experiment of experiments) {
      listed += 1;
      const row = experiment.toRow();
      const lacks = lacksResults(experiment, study);
      yield columns.map(({ name }) => {
        if (name === 'status' && lacks) return `${experiment.status}, no results`;
        return name === 'error' ? errorLine(cellText(row[name])) : cellText(row[name]);
      });
    }
  };
  const objects = async function* (): AsyncGenerator<string> {
    for await (const experiment of experiments) {
      listed += 1;
      yield jsonText(withStoredJson(experiment.toRow(), json));
    }
  };
  let waiting = '';
  for await (const line of flags.json === true ? objects() : alignedLines(columns, rows(), outputWidth())) {
    if (listed === 0) waiting = line; // the header of no rows
    else await out.line(line);
    if (out.gone) break;
  }
  return waiting === '' ? listed : 0;
};

/** It is done with none of the results that the study declares. */
const lacksResults = ({ status, results }: Experiment, { resultfields }: StudyDefinition): boolean =>
  status === 'done' && resultfields.length > 0 && resultfields.every(({ name }) => results[name] === null);

/** What people look for first: how it stands, its parameters, its results, its error. */
const listColumns = (study: StudyDefinition): readonly TextColumn[] => {
  const numeric = new Set(
    tableColumns(study)
      .map(csvColumn)
      .filter((column) => column.numeric)
      .map(({ name }) => name),
  );
  const names = ['ID', 'status', ...study.keyfields.map(({ name }) => name), ...resultColumnNames(study), 'error'];
  names.push(...(study.undeclared ?? []).map(({ name }) => name));
  return names.map((name) => ({ name, right: numeric.has(name) }));
};

const nothingText = (selection: Selection): string =>
  Object.keys(selection).length === 0 ? 'no experiments' : 'no experiment matches the selection';
