import type { Experimenter } from '../../../application/experimenter.ts';
import type { Column } from '../../../domain/values/column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import type { RowWriter } from '../../export/row-writer.ts';
import { DataOut } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import { columnsOf, type ExportFormat, exportFormatOf, rowSourceOf } from './export-flags.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { fillFileWhole, writeFileWhole } from '../output/output-file.ts';
import { selectionOf } from '../arguments/selection.ts';
import { asStored, chosenStudy, withTables } from '../arguments/session.ts';
import { CsvRows, JsonRows } from '../../export/text-rows.ts';
import { counted } from '../../text/format.ts';

/** Writes the raw rows of one of the study's tables, in constant memory. */
export const exportRows: Verb = async (flags) => {
  const format = exportFormatOf(flags);
  const chosen = await chosenStudy(flags);
  await withTables(
    chosen,
    async () => write(flags, format, chosen.configuration.study),
    async (experimenter) => write(flags, format, await experimenter.readable(), experimenter),
    asStored,
  );
  return ExitCode.Success;
};

/** Writes the rows of the study. Without `experimenter` the table is absent, and there are no rows. */
const write = async (
  flags: Flags,
  format: ExportFormat,
  study: StudyDefinition,
  experimenter?: Experimenter,
): Promise<void> => {
  const selection = selectionOf(flags, study);
  const source = rowSourceOf(flags, study);
  const columns = columnsOf(flags, source);
  let rows = 0;
  const copy = async (writer: RowWriter, out?: DataOut): Promise<void> => {
    const names = columns.map(({ name }) => name);
    for await (const page of experimenter ? source.pages(experimenter, names, selection) : []) {
      await writer.rows(page);
      if (out?.gone === true) return;
      rows += page.length;
    }
    await writer.end();
  };
  const stream = async (out: DataOut): Promise<void> => {
    await copy(await streamWriter(format, out, columns, flags), out);
    await out.flush();
  };
  const { output, force = false } = flags;
  if (output === undefined) await stream(new DataOut(process.stdout));
  else if (format !== 'sqlite') await writeFileWhole(output, force, stream);
  else {
    const { withSqliteRows } = await import('../../export/sqlite-file.ts');
    await fillFileWhole(output, force, async (file, handle) => {
      await withSqliteRows(file, source.table, columns, copy);
      await handle.sync();
    });
  }
  if (output !== undefined && flags.quiet !== true && flags.json !== true)
    process.stderr.write(`${counted(rows, 'row')} written to ${output}\n`);
};

const streamWriter = async (
  format: ExportFormat,
  out: DataOut,
  columns: readonly Column[],
  { raw = false }: Flags,
): Promise<RowWriter> => {
  if (format === 'jsonl') return new JsonRows(out, columns);
  if (format === 'parquet') {
    const { ParquetRows } = await import('../../export/parquet.ts');
    return new ParquetRows(columns, async (bytes) => out.bytes(bytes));
  }
  const csv = new CsvRows(out, columns, raw);
  csv.begin();
  return csv;
};
