import type { RunSummary } from '../../../application/runner/run-events.ts';
import type { StatusCounts } from '../../../domain/repository/study-reader.ts';
import type { StopSignal } from '../../../domain/stop-signals.ts';
import { counted, duration, grouped, rate } from '../../text/format.ts';

/** The facts of a run's summary. */
export interface RunStory {
  readonly summary: RunSummary;
  /** The counts of the study after the run. */
  readonly counts: StatusCounts;
  /** An experiment that failed; undefined if none did. */
  readonly failedId: number | undefined;
  /** An experiment that is done without results; undefined if none is. */
  readonly withoutResultsId: number | undefined;
  readonly signal: StopSignal | undefined;
  readonly place: string;
  /** The command line of a verb, for advice. */
  readonly command: (verb: string) => string;
}

/** What a run did, where its results are, and what to do next. */
export const summaryLines = ({
  summary,
  counts,
  failedId,
  withoutResultsId,
  signal,
  place,
  command,
}: RunStory): readonly string[] => {
  const { executed, done, error, paused, seconds, perSecond } = summary;
  const total = totalOf(counts);
  const lines = [
    executed === 0
      ? `Nothing executed: ${total === 0 ? 'the study has no experiments' : openText(counts)}.`
      : `${counted(executed, 'experiment')} executed in ${duration(seconds)}${perSecond > 0 ? ` (${rate(perSecond)})` : ''}: ${outcomes({ done, failed: error, paused })}.`,
    `The study now has ${counted(total, 'experiment')} (${statusText(counts)}) in ${place}.`,
  ];
  if (withoutResultsId !== undefined) lines.push(withoutResultsText(summary.withoutResults, withoutResultsId, command));
  if (counts.error > 0) {
    const look = failedId === undefined ? command('list --status error') : command(`show ${failedId}`);
    lines.push(`Failures: look at one with \`${look}\`, open all of them again with \`${command('retry')}\`.`);
  }
  if (counts.paused > 0) lines.push(`Paused: continue one with \`${command('resume ID')}\`.`);
  if (signal !== undefined && counts.created > 0) lines.push(`Stopped by ${signal}: go on with \`${command('run')}\`.`);
  else if (counts.created > 0)
    lines.push(`${counted(counts.created, 'experiment')} left: go on with \`${command('run')}\`.`);
  return lines;
};

/** Advice about experiments that are done without results, which cannot be evaluated. */
export const withoutResultsText = (count: number, exampleId: number, command: (verb: string) => string): string =>
  `${counted(count, 'experiment')} done without any of the declared results: does the experiment return or report them? ` +
  `Look at one with \`${command(`show ${exampleId}`)}\`.`;

/** All experiments of these counts. */
export const totalOf = (counts: StatusCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Follows what was done to a selection: experiments with a lease were left alone. */
export const leasedText = (leased: number): string =>
  leased > 0 ? ` ${grouped(leased)} under a lease of a runner ${leased === 1 ? 'was' : 'were'} left alone.` : '';

const outcomes = (parts: Readonly<Record<string, number>>): string =>
  Object.entries(parts)
    .filter(([name, count]) => count > 0 || name === 'done')
    .map(([name, count]) => `${grouped(count)} ${name}`)
    .join(', ');

const openText = ({ created, running }: StatusCounts): string => {
  if (created > 0) return `${grouped(created)} open`;
  return running > 0 ? `none open, ${grouped(running)} running elsewhere` : 'nothing was open';
};

/** `24 done, 1 failed`: the counts in words, without those that are zero. */
export const statusText = ({ created, running, done, error, paused }: StatusCounts): string =>
  outcomes({ done, failed: error, paused, running, open: created });
