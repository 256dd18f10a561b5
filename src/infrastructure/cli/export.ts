import type { Experimenter } from '../../application/experimenter.ts';
import type { Row } from '../../domain/column-type.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import type { Selection } from '../../domain/experiment-repository.ts';
import { didYouMean } from '../../domain/nearest-name.ts';
import type { StudyDefinition } from '../../domain/study.ts';
import { quoted } from '../config/printable.ts';
import { logtableColumns, tableColumns } from './cell.ts';
import { CsvFormat } from './csv.ts';
import { DataOut } from './data-out.ts';
import { ExitCode } from './exit-code.ts';
import type { Flags, Verb } from './flags.ts';
import { jsonText } from './json.ts';
import { writeFileWhole } from './output-file.ts';
import { selectionOf } from './selection.ts';
import { chosenStudy, withTables } from './session.ts';
import { counted } from './words.ts';

type Logtable = StudyDefinition['logtables'][number];

/** The raw rows of the study or of one of its logtables, as CSV or JSON Lines. */
export const exportRows: Verb = async (flags) => {
  const format = formatOf(flags);
  const chosen = await chosenStudy(flags);
  const { study } = chosen.configuration;
  const selection = selectionOf(flags, study);
  const logtable = logtableOf(flags, study);
  let rows = 0;
  const write = async (out: DataOut): Promise<void> => {
    const csv =
      format === 'csv'
        ? new CsvFormat(logtable ? logtableColumns(logtable) : tableColumns(study), flags.raw ?? false)
        : undefined;
    if (csv) await out.write(csv.header());
    await withTables(
      chosen,
      async () => {},
      async (experimenter) => {
        for await (const row of rowsOf(experimenter, selection, logtable)) {
          await out.write(csv ? csv.row(row) : `${jsonText(row)}\n`);
          if (out.gone) return;
          rows += 1;
        }
      },
    );
    await out.flush();
  };
  if (flags.output === undefined) await write(new DataOut(process.stdout));
  else {
    await writeFileWhole(flags.output, flags.force ?? false, write);
    if (flags.quiet !== true && flags.json !== true)
      process.stderr.write(`${counted(rows, 'row')} written to ${flags.output}\n`);
  }
  return ExitCode.Success;
};

/** `--json` is JSON Lines here: one row object a line. */
const formatOf = ({ format, json }: Flags): 'csv' | 'jsonl' => {
  const wanted = format ?? (json === true ? 'jsonl' : 'csv');
  if (wanted !== 'csv' && wanted !== 'jsonl') {
    throw new ExperimenterError(
      'USAGE',
      `--format: found ${quoted(wanted)}${didYouMean(wanted, ['csv', 'jsonl'])}; allowed csv, jsonl`,
    );
  }
  return wanted;
};

const logtableOf = ({ logtable: wanted }: Flags, { logtables }: StudyDefinition): Logtable | undefined => {
  const found = logtables.find(({ name }) => name === wanted);
  if (found || wanted === undefined) return found;
  const names = logtables.map(({ name }) => name);
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `--logtable: found ${quoted(wanted)}${didYouMean(wanted, names)}; the study has ${names.join(', ') || 'no logtables'}`,
  );
};

async function* rowsOf(
  experimenter: Experimenter,
  selection: Selection,
  logtable: Logtable | undefined,
): AsyncGenerator<Row> {
  if (logtable && Object.keys(selection).length === 0) {
    yield* experimenter.logs(logtable.name);
    return;
  }
  for await (const experiment of experimenter.list(selection)) {
    if (logtable) yield* experimenter.logs(logtable.name, experiment.id);
    else yield experiment.toRow();
  }
}
