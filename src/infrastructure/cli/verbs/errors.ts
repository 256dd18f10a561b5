import type { Explanation } from '../../../application/analysis/error-explanation.ts';
import type { ErrorGroup, ErrorReport } from '../../../application/analysis/error-groups.ts';
import { outputWidth } from '../output/aligned.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { keyfieldsText } from '../progress/progress-text.ts';
import { selectionOf } from '../arguments/selection.ts';
import { chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { cut, plain } from '../../text/terminal-text.ts';
import { counted, grouped } from '../../text/format.ts';

/** Failures by kinds of errors, and the values that explain them. */
export const errors: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const report = await withTables<ErrorReport | undefined>(
    chosen,
    async () => void selectionOf(flags, configuration.study),
    async (experimenter) => experimenter.errors(selectionOf(flags, await experimenter.readable())),
  );
  if (flags.json === true) {
    const { groups, ...counts } = report ?? { ended: 0, failed: 0, groups: [], ungrouped: 0 };
    const shown = groups.map(({ explanation = null, ...group }) => ({ ...group, explanation }));
    await print(jsonText({ v: 1, ...counts, groups: shown }));
  } else if (report === undefined) await print(`There is no ${placeOf(configuration)} yet: nothing has failed.`);
  else await print(errorLines(report, outputWidth(), (id) => commandOf(`show ${id}`, flags)).join('\n'));
  return ExitCode.Success;
};

/** The report for people, safe for a terminal. Commands are not cut. */
export const errorLines = (
  { ended, failed, groups, ungrouped }: ErrorReport,
  width: number | undefined,
  show: (id: number) => string,
): readonly string[] => {
  if (failed === 0) return [`None of ${counted(ended, 'ended experiment')} failed.`];
  const fitting = (line: string): string => (width === undefined ? line : cut(line, width - 1));
  const widest = Math.max(...groups.map(({ count }) => grouped(count).length));
  const indent = ' '.repeat(widest + 2);
  const lines = [
    `${grouped(failed)} of ${counted(ended, 'ended experiment')} failed, with ${counted(groups.length, 'kind')} of errors.`,
  ];
  for (const group of groups) {
    lines.push(
      '',
      fitting(`${grouped(group.count).padStart(widest)}  ${plain(group.message) || 'without a message'}`),
      fitting(`${indent}${reasonText(group, ended)}`),
      `${indent}${show(group.exampleId)}`,
    );
  }
  if (ungrouped > 0) lines.push('', fitting(`${grouped(ungrouped)} more of still other kinds.`));
  return lines;
};

const reasonText = ({ explanation, count }: ErrorGroup, ended: number): string => {
  if (count === ended) return 'everything that has ended: nothing tells the failed ones apart';
  if (explanation) return explanationText(explanation);
  return count === 1 ? 'a single one' : 'no value of a keyfield explains them';
};

/** `all 12 with batch=512; none of the 240 others` */
export const explanationText = ({ values, failed, ended, otherFailed, otherEnded }: Explanation): string => {
  const which = keyfieldsText(values, 'null');
  const these = failed === ended ? `all ${grouped(ended)}` : `${grouped(failed)} of the ${grouped(ended)}`;
  const others = otherFailed === 0 ? 'none' : grouped(otherFailed);
  return `${these} with ${which}; ${others} of the ${grouped(otherEnded)} others`;
};
