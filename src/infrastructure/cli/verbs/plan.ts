import type { TimeRange } from '../../../application/analysis/durations.ts';
import type { StudyPlan } from '../../../application/study/plan.ts';
import type { Value } from '../../../domain/values/column.ts';
import type { GridStep } from '../../../domain/grid/combinations.ts';
import { planOf } from '../../../application/study/plan.ts';
import { outputWidth } from '../output/aligned.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { cellText, jsonText } from '../../../domain/values/value-text.ts';
import { chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { cut, padded, plain, wrapped } from '../../text/terminal-text.ts';
import { counted, grouped, timeRange } from '../../text/format.ts';

/** Shows what a fill would do, and changes nothing. */
export const plan: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const { study, grid, runner } = configuration;
  const found = await withTables(
    chosen,
    () => planOf(study, grid, runner.workers, undefined),
    (experimenter) => experimenter.plan(),
  );
  if (flags.json === true) {
    const { expected = null, ...rest } = found;
    await print(jsonText({ v: 1, study: study.table, ...rest, workers: runner.workers, expected }));
    return ExitCode.Success;
  }
  const width = outputWidth();
  const lines = summary(found, placeOf(configuration)).map((line) => wrapped(line, width));
  if (flags.explain === true) {
    const look = found.orphanIds.length === 0 ? '' : commandOf(`list --id ${found.orphanIds.join(',')}`, flags);
    const facts = explanationLines(found, runner.workers, look).map((line) => plain(line));
    lines.push('', ...facts.map((line) => (width === undefined ? line : cut(line, width))));
  }
  await print(lines.join('\n'));
  return ExitCode.Success;
};

const summary = ({ add, keep, orphaned }: StudyPlan, place: string): string[] => [
  `fill would add ${counted(add, 'experiment')}, keep ${grouped(keep)} and leave ${grouped(orphaned)} orphaned: ${place}.`,
];

/** The numbers of the grid, a line for each condition. Make it plain before it goes to a terminal. */
export const explanationLines = (found: StudyPlan, workers: number, look: string): readonly string[] => {
  const { grid, add, keep, orphaned, open, expected, measured } = found;
  const rows: (readonly [count: string, what: string])[] = [
    [grouped(grid.product), 'combinations of all values'],
    ...grid.steps.map((step) => [`-${grouped(step.removed)}`, stepText(step)] as const),
    [grouped(grid.size), 'combinations in the grid'],
    [grouped(keep), 'of them are in the table'],
    [grouped(add), 'are missing: fill adds them'],
    [grouped(orphaned), 'more in the table that the grid does not have: orphaned, left alone'],
    [grouped(open), 'open after fill'],
  ];
  const widest = Math.max(...rows.map(([count]) => count.length));
  return [
    ...rows.map(([count, what]) => `${padded(count, widest, true)}  ${what}`),
    ...(look === '' ? [] : ['', `Orphaned: ${look}`]),
    '',
    open === 0
      ? 'Nothing is left to execute.'
      : `Expected duration with ${counted(workers, 'worker')}: ${expectedText(expected, open)}`,
    ...(expected && open > 0 ? [`  from ${counted(measured, 'done attempt')}${basis(expected)}`] : []),
  ];
};

const expectedText = (expected: TimeRange | undefined, open: number): string =>
  expected === undefined ? 'unknown before anything is done' : timeRange(expected, open);

const basis = ({ by, unmeasured }: TimeRange): string =>
  [
    by === undefined ? ', all taken as alike' : `, compared by ${by}`,
    ...(unmeasured > 0 ? [`; nothing like ${grouped(unmeasured)} of the open ones was ever measured`] : []),
  ].join('');

const stepText = ({ kind, keyfield, condition }: GridStep): string => {
  const terms = Object.entries(condition).map(([name, values]) => `${name} ${valuesText(values)}`);
  return kind === 'when' ? `${keyfield} only where ${terms.join(' and ')}` : `excluded: ${terms.join(' and ')}`;
};

const valuesText = (values: readonly Value[]): string => {
  const texts = values.slice(0, 5).map((value) => cellText(value, 'null'));
  const more = values.length > texts.length ? ', …' : '';
  return values.length === 1 ? `= ${texts[0]}` : `in (${texts.join(', ')}${more})`;
};
