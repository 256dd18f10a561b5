import type { StudyStatus } from '../../../application/study/reports.ts';
import type { WithoutResults } from '../../../application/study/without-results.ts';
import type { RunnerRecord } from '../../../domain/experiment/runner.ts';
import { aligned, outputWidth } from '../output/aligned.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { statusJson } from '../progress/fleet-view.ts';
import { watchStatus } from './status-watch.ts';
import { statusText, totalOf, withoutResultsText } from '../progress/summary.ts';
import { plain, wrapped } from '../../text/terminal-text.ts';
import { counted, duration, grouped } from '../../text/format.ts';

/** Shows the status of the study, once or again and again. */
export const status: Verb = async (flags) => {
  if (flags.watch !== undefined && flags.watch !== false) return watchStatus(flags, flags.watch);
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const none: StudyStatus = {
    study: configuration.study.table,
    counts: { created: 0, running: 0, done: 0, error: 0, paused: 0 },
    runners: [],
    foreign: 0,
    errors: [],
  };
  const [found, exists, withoutResults] = await withTables<readonly [StudyStatus, boolean, WithoutResults | undefined]>(
    chosen,
    async () => [none, false, undefined],
    async (experimenter) => {
      const report = await experimenter.status();
      return [report, true, await experimenter.withoutResults(report.counts)];
    },
  );
  const command = (verb: string) => commandOf(verb, flags);
  if (flags.json === true) await print(statusJson(found, withoutResults));
  else if (!exists)
    await print(
      `There is no ${placeOf(configuration)} yet: \`${command('fill')}\` creates it, \`${command('run')}\` runs the study.`,
    );
  else {
    const lines = await statusLines(found, placeOf(configuration), outputWidth());
    const { count = 0, exampleId = null } = withoutResults ?? {};
    if (exampleId !== null) lines.splice(1, 0, wrapped(withoutResultsText(count, exampleId, command), outputWidth()));
    await print(lines.join('\n'));
  }
  return ExitCode.Success;
};

/** The status for people. */
export const statusLines = async (
  { study, counts, runners, foreign, errors }: StudyStatus,
  place: string,
  width: number | undefined,
): Promise<string[]> => {
  const total = totalOf(counts);
  const lines = [`${plain(study)}: ${counted(total, 'experiment')} (${statusText(counts)}) in ${place}`];
  if (foreign > 0) {
    lines.push(
      `${grouped(foreign)} of the running ones belong to no runner of ours: to PyExperimenter, or left behind by it; \`reset --id\` opens them again.`,
    );
  }
  if (runners.length > 0)
    lines.push('', 'Runners:', ...indented(await aligned(runnerColumns, runners.map(runnerCells), width && width - 2)));
  if (errors.length > 0) {
    const rows = errors.map(({ count, exampleId, message }) => [grouped(count), `#${exampleId}`, message]);
    lines.push(
      '',
      'Errors:',
      ...indented(
        await aligned(
          [{ name: 'times', right: true }, { name: 'example' }, { name: 'error' }],
          rows,
          width && width - 2,
        ),
      ),
    );
  }
  return lines;
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const runnerColumns = [
  { name: 'state' },
  { name: 'host' },
  { name: 'pid', right: true },
  { name: 'workers', right: true },
  { name: 'running', right: true },
  { name: 'last sign of life' },
  { name: 'name' },
];

const runnerCells = ({
  state,
  host,
  pid,
  workers,
  running,
  heartbeatAgeSeconds,
  expired,
  name,
}: RunnerRecord): readonly string[] => [
  expired && state !== 'dead' ? `${state}, expired` : state,
  host,
  String(pid),
  String(workers),
  String(running),
  `${duration(Math.max(0, heartbeatAgeSeconds))} ago`,
  name,
];
