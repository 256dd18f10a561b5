import { directions } from '../arguments/choices.ts';
import { extname } from 'node:path';
import { bands, type PlotForm, plotForms, plotKinds, type PlotOptions } from '../../reporting/plots/plot-options.ts';
import { terminalPlot } from '../../reporting/plots/render-plot.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { quoted } from '../../text/safe-text.ts';
import { outputWidth } from '../output/aligned.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { writeFileWhole } from '../output/output-file.ts';
import { selectionOf } from '../arguments/selection.ts';
import { chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { plain } from '../../text/terminal-text.ts';
import { namesOf, oneOf, shareOf, usage } from '../arguments/flag-values.ts';

/** Draws a plot to a file or in the terminal. `--json` prints its numbers. */
export const plot: Verb = async (flags, kind) => {
  const form = formOf(flags);
  const chosen = await chosenStudy(flags);
  const options = optionsOf(flags, kind, chosen.configuration.study);
  return withTables(
    chosen,
    async () => {
      throw usage(
        `there is no ${placeOf(chosen.configuration)} yet: \`${commandOf('run', flags)}\` creates and executes it`,
      );
    },
    async (experimenter) => {
      const made = await experimenter.plot(options);
      const { output, force = false } = flags;
      if (form !== undefined && output !== undefined) {
        const drawn = await experimenter.renderPlot(made, form);
        await writeFileWhole(output, force, async (out) => out.bytes(Buffer.from(drawn)));
        if (flags.quiet !== true && flags.json !== true) process.stderr.write(`plot written to ${plain(output)}\n`);
      } else if (flags.json !== true) await print(terminalPlot(made, outputWidth() ?? 80));
      if (flags.json === true) await print(jsonText({ v: 1, ...made }));
      return ExitCode.Success;
    },
  );
};

/** The form of the file; undefined: the plot is shown in the terminal. */
const formOf = ({ format, output }: Flags): PlotForm | undefined => {
  if (output === undefined) {
    if (format !== undefined) throw usage(`--format ${plain(format)} needs a file: --output FILE`);
    return undefined;
  }
  if (format !== undefined) return oneOf('--format', format, plotForms);
  const ending = extname(output).slice(1).toLowerCase();
  const form = plotForms.find((each) => each === ending);
  if (form) return form;
  throw usage(
    `--output: ${quoted(output)} ends like no format; end it with ${plotForms.map((each) => `.${each}`).join(', ')}, or give --format`,
  );
};

const optionsOf = (flags: Flags, kind: string, study: StudyDefinition): PlotOptions => ({
  kind: oneOf('the kind of plot', kind, plotKinds),
  selection: selectionOf(flags, study),
  ...(flags.logtable !== undefined && { logtable: flags.logtable }),
  ...(flags.x !== undefined && { x: flags.x }),
  ...(flags.y !== undefined && { y: flags.y }),
  ...(flags.value !== undefined && { value: flags.value }),
  ...(flags.by !== undefined && { by: namesOf(flags.by) }),
  ...(flags.rows !== undefined && { rows: namesOf(flags.rows) }),
  ...(flags.columns !== undefined && { columns: namesOf(flags.columns) }),
  ...(flags.axes !== undefined && { axes: namesOf(flags.axes) }),
  ...(flags.over !== undefined && { over: namesOf(flags.over) }),
  ...(flags.band !== undefined && { band: oneOf('--band', flags.band, bands) }),
  ...(flags.confidence !== undefined && { confidence: shareOf('--confidence', flags.confidence) }),
  ...(flags.alpha !== undefined && { alpha: shareOf('--alpha', flags.alpha) }),
  ...(flags.best !== undefined && { best: oneOf('--best', flags.best, directions) }),
  ...(flags.title !== undefined && { title: flags.title }),
});
