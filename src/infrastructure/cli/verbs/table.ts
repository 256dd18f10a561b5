import { directions, significanceTests, tableSides } from '../arguments/choices.ts';
import { extname } from 'node:path';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { quoted } from '../../text/safe-text.ts';
import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import { type TableForm, tableForms } from '../../reporting/tables/render-table.ts';
import { tableQuestion, type TableOptions } from '../../../application/evaluation/question.ts';
import { outputWidth } from '../output/aligned.ts';
import { DataOut } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { writeFileWhole } from '../output/output-file.ts';
import { selectionOf } from '../arguments/selection.ts';
import { chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { plain } from '../../text/terminal-text.ts';
import { namesOf, anyNumber, oneOf, usage } from '../arguments/flag-values.ts';

/** Prints or saves the evaluation table. */
export const table: Verb = async (flags) => {
  const form = formOf(flags);
  const digits = flags.digits === undefined ? undefined : digitsOf(flags.digits);
  const chosen = await chosenStudy(flags);
  const options = optionsOf(flags, chosen.configuration.study);
  tableQuestion(chosen.configuration.study, options); // throws before anything is opened
  const complete = await withTables(
    chosen,
    async () => {
      const hint = `there is no ${placeOf(chosen.configuration)} yet: \`${commandOf('run', flags)}\` creates and executes it`;
      process.stderr.write(`ts-experimenter: ${hint}\n`);
      return false;
    },
    async (experimenter) => {
      const evaluated = await experimenter.evaluationTable(options);
      const width = flags.save === undefined ? outputWidth() : undefined;
      const text = await experimenter.renderTable(evaluated, form, { width, ...(digits !== undefined && { digits }) });
      await hand(text, flags);
      if (flags.quiet !== true && form === 'csv') tellNotes(evaluated);
      return evaluated.incomplete === 0;
    },
  );
  if (complete || flags.requireComplete !== true) return ExitCode.Success;
  process.stderr.write('ts-experimenter: --require-complete: the table is incomplete\n');
  return ExitCode.Failures;
};

/** Writes the text to the file or to standard output. */
const hand = async (text: string, { save, force, quiet, json }: Flags): Promise<void> => {
  const write = async (out: DataOut): Promise<void> => {
    await out.write(text);
    await out.flush();
  };
  if (save === undefined) return write(new DataOut(process.stdout));
  await writeFileWhole(save, force ?? false, write, '--save');
  if (quiet !== true && json !== true) process.stderr.write(`table written to ${plain(save)}\n`);
  return undefined;
};

/** Notes of a table whose form has no place for them go to stderr. */
const tellNotes = ({ incomplete, notes }: EvaluationTable): void => {
  const missing = incomplete > 0 ? [`${incomplete} cells are incomplete, see the column missing`] : [];
  for (const note of [...missing, ...notes]) process.stderr.write(`note: ${plain(note)}\n`);
};

const byEnding: Readonly<Record<string, TableForm>> = {
  '.txt': 'text',
  '.md': 'markdown',
  '.tex': 'latex',
  '.csv': 'csv',
  '.json': 'json',
  '.html': 'html',
};

const formOf = ({ format, json, save }: Flags): TableForm => {
  const named = json === true ? 'json' : format;
  if (named !== undefined) return oneOf('--format', named, tableForms);
  if (save === undefined) return 'text';
  const meant = byEnding[extname(save).toLowerCase()];
  if (meant) return meant;
  throw usage(
    `--save: ${quoted(save)} ends like no format; end it with ${Object.keys(byEnding).join(', ')}, or give --format`,
  );
};

const optionsOf = (flags: Flags, study: StudyDefinition): TableOptions => ({
  selection: selectionOf(flags, study),
  ...(flags.rows !== undefined && { rows: namesOf(flags.rows) }),
  ...(flags.columns !== undefined && { columns: namesOf(flags.columns) }),
  ...(flags.value !== undefined && { values: namesOf(flags.value) }),
  ...(flags.over !== undefined && { over: namesOf(flags.over) }),
  ...(flags.statistic !== undefined && { statistics: namesOf(flags.statistic) }),
  ...(flags.confidence !== undefined && { confidence: anyNumber('--confidence', flags.confidence) }),
  ...(flags.alpha !== undefined && { alpha: anyNumber('--alpha', flags.alpha) }),
  ...(flags.seed !== undefined && { seed: anyNumber('--seed', flags.seed) }),
  ...(flags.best !== undefined && { best: bestOf(flags.best) }),
  ...(flags.per !== undefined && { per: oneOf('--per', flags.per, tableSides) }),
  ...(flags.test !== undefined && { test: oneOf('--test', flags.test, significanceTests) }),
});

const digitsOf = (text: string): number => {
  if (/^(1?\d|20)$/.test(text)) return Number(text);
  throw usage(`--digits: found ${quoted(text)}; allowed is a whole number from 0 to 20`);
};

/** `max`, or `accuracy=max,loss=min`. */
const bestOf = (text: string): NonNullable<TableOptions['best']> => {
  if (!text.includes('=')) return oneOf('--best', text, directions);
  return Object.fromEntries(
    namesOf(text).map((part) => {
      const at = part.lastIndexOf('=');
      return [part.slice(0, at).trim(), oneOf('--best', part.slice(at + 1).trim(), directions)];
    }),
  );
};
