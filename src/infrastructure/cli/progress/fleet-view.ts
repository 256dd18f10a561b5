import type { TimeRange } from '../../../application/analysis/durations.ts';
import type { RunningExperiment, StudyStatus } from '../../../application/study/reports.ts';
import type { RunnerRecord } from '../../../domain/experiment/runner.ts';
import { type Room, type ShownExperiment, type Style, barLine, experimentLines, paceText } from './progress-text.ts';
import { statusText, totalOf } from './summary.ts';
import { cut, plain } from '../../text/terminal-text.ts';
import { age, counted, grouped } from '../../text/format.ts';
import type { WithoutResults } from '../../../application/study/without-results.ts';
import { jsonText } from '../../../domain/values/value-text.ts';

/** What the fleet's view shows at one moment. */
export interface FleetView {
  readonly status: StudyStatus;
  readonly running: readonly RunningExperiment[];
  /** Experiments that ended per second in the last minutes. */
  readonly perSecond: number | undefined;
  readonly remaining: TimeRange | undefined;
  /** The time now, for ages. */
  readonly date: Date;
}

const FAILURES = 3;

/** Seconds since a time of the database's clock. Clocks differ, so the result is at least 0. */
const since = (moment: string, date: Date): number => Math.max(0, (date.getTime() - Date.parse(`${moment}Z`)) / 1000);

/** The view of the fleet for a terminal of this size. If it is too small, lines of experiments are left out first. */
export const fleetLines = (view: FleetView, { columns, rows }: Room, style: Style): readonly string[] => {
  const { status, perSecond, remaining } = view;
  const { counts, errors } = status;
  const total = totalOf(counts);
  const open = counts.created + counts.running;
  const head = [
    cut(`${plain(status.study)}: ${counted(total, 'experiment')} (${statusText(counts)})`, columns - 1),
    barLine(total - open, total, paceText(perSecond, remaining, open), columns, style),
  ];
  const failures = failureTexts(errors).map((text) => style('red', cut(text, columns - 1)));
  const tail = failures.length > 0 ? ['', ...failures] : [];
  const room = Math.max(1, rows - 2 - head.length - tail.length);
  return [...head, '', ...runnerBlocks(view, columns, room, style), ...tail];
};

const runnerBlocks = (view: FleetView, columns: number, room: number, style: Style): readonly string[] => {
  const { runners } = view.status;
  if (runners.length === 0) return ['No runner.'];
  const shown = runners.length > room ? runners.slice(0, room - 1) : runners;
  const spare = room - shown.length - (runners.length - shown.length > 0 ? 1 : 0);
  const each = Math.floor(spare / Math.max(1, shown.filter(({ running }) => running > 0).length));
  const lines = shown.flatMap((runner) => {
    const own = view.running.filter(({ lease }) => lease.runnerId === runner.id);
    const fitting = own.length > each ? own.slice(0, Math.max(0, each - 1)) : own;
    const more = runner.running - fitting.length;
    return [
      runnerLine(runner, view.date, columns, style),
      ...experimentLines(
        fitting.map((one) => shownOf(one, view.date)),
        '    ',
        columns - 1,
        style,
      ),
      ...(more > 0 && each > 0 ? [style('dim', cut(`    … and ${grouped(more)} more`, columns - 1))] : []),
    ];
  });
  const missing = runners.length - shown.length;
  return missing > 0 ? [...lines, cut(`… and ${counted(missing, 'more runner')}`, columns - 1)] : lines;
};

const runnerLine = (runner: RunnerRecord, date: Date, columns: number, style: Style): string => {
  const { state, expired, host, pid, running, workers, heartbeatAgeSeconds, startedAt } = runner;
  const condition = expired && state !== 'dead' ? `${state}, expired` : state;
  const facts = [
    plain(`${host} pid ${pid}`),
    `${running} running on ${counted(workers, 'worker')}`,
    `up ${age(since(startedAt, date))}`,
    `heard ${age(heartbeatAgeSeconds)} ago`,
  ];
  const text = cut(facts.join('  '), Math.max(0, columns - 3 - condition.length));
  return cutStyled(condition, condition === 'active' ? 'green' : 'red', text, columns, style);
};

const cutStyled = (word: string, format: 'green' | 'red', text: string, columns: number, style: Style): string =>
  word.length < columns - 1 ? `${style(format, word)}  ${text}` : cut(word, columns - 1);

const shownOf = ({ lease, keyfields }: RunningExperiment, date: Date): ShownExperiment => {
  const { experimentId: id, claimedAt, progress } = lease;
  return { id, keyfields, seconds: since(claimedAt, date), ...(progress !== null && { progress }) };
};

/** The most frequent kinds of errors, each with an example. */
const failureTexts = (errors: StudyStatus['errors']): readonly string[] =>
  errors
    .slice(0, FAILURES)
    .map(({ message, count, exampleId }) => plain(`${grouped(count)} × (#${exampleId}) ${message}`));

/** The status as JSON, for programs. */
export const statusJson = (
  { study, counts, runners, foreign, errors }: StudyStatus,
  withoutResults?: WithoutResults,
): string =>
  jsonText({
    v: 1,
    study,
    counts,
    runners: runners.map(({ id, name, host, pid, workers, state, heartbeatAgeSeconds, expired, running }) => ({
      id,
      name,
      host,
      pid,
      workers,
      state,
      heartbeatAgeSeconds,
      expired,
      running,
    })),
    foreign,
    ...(withoutResults && { withoutResults }),
    errors: errors.map(({ message, count, exampleId, example }) => ({ message, count, exampleId, example })),
  });
