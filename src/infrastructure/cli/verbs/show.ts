import type { ExperimentStory } from '../../../application/study/reports.ts';
import type { Row } from '../../../domain/values/column.ts';
import { errorLine } from '../../../domain/experiment/error-line.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { tableColumns } from '../../../domain/study/table-layout.ts';
import { aligned, outputWidth } from '../output/aligned.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { cellText, jsonText, withStoredJson } from '../../../domain/values/value-text.ts';
import { wholeNumber } from '../arguments/flag-values.ts';
import { asStored, chosenStudy, commandOf, placeOf, withTables } from '../arguments/session.ts';
import { displayWidth, padded, plain, plainLines } from '../../text/terminal-text.ts';
import { counted, grouped } from '../../text/format.ts';
import type { Runner } from '../../../domain/experiment/runner.ts';
import type { Provenance } from '../../../domain/repository/study-reader.ts';

/** The last rows of a logtable that are shown to people. Programs get all. */
const LOG_ROWS = 20;

/** Shows one experiment with its attempts and logs. */
export const show: Verb = async (flags, argument) => {
  const id = wholeNumber('id', argument);
  const chosen = await chosenStudy(flags);
  const [story, study] = await withTables(
    chosen,
    async () => {
      throw new ExperimenterError(
        'NOT_FOUND',
        `there is no ${placeOf(chosen.configuration)} yet, so no experiment ${id}`,
      );
    },
    async (experimenter) => [await experimenter.show(id), await experimenter.readable()] as const,
    asStored,
  );
  if (flags.json === true) {
    const { experiment, attempts, lease = null, logs, provenance } = story;
    const { configuration = null, runners } = provenance;
    const row = withStoredJson(experiment.toRow(), tableColumns(study));
    const written = study.logtables.map(({ name, columns }) => [
      name,
      (logs[name] ?? []).map((entry) => withStoredJson(entry, columns)),
    ]);
    await print(
      jsonText({
        v: 1,
        experiment: row,
        attempts,
        lease,
        logs: Object.fromEntries(written),
        provenance: { configuration, runners },
      }),
    );
  } else {
    const { status } = story.experiment;
    const again = status === 'created' ? '' : ' --again';
    const command =
      status === 'running' ? [] : ['', `Execute exactly this one here: ${commandOf(`one ${id}${again}`, flags)}`];
    await print([...(await storyLines(story, outputWidth())), ...command].join('\n'));
  }
  return ExitCode.Success;
};

/** The experiment for people, safe for a terminal. */
export const storyLines = async (
  { experiment, attempts, lease, logs, provenance }: ExperimentStory,
  width: number | undefined,
): Promise<readonly string[]> => {
  const { error, ...row } = experiment.toRow();
  const lines = [...fieldLines(row)];
  if (lease) {
    const progress = lease.progress === null ? '' : `, says ${lease.progress}`;
    lines.push(
      '',
      plain(
        `Running as attempt ${lease.number} since ${lease.claimedAt} UTC under runner ${lease.runnerId}${progress}`,
      ),
    );
  }
  if (attempts.length > 0) {
    const rows = attempts.map(({ number, outcome, superseded, startedAt, endedAt, host, runnerId, detail }) => [
      String(number),
      superseded ? `${outcome}, reset since` : outcome,
      startedAt,
      endedAt,
      host ?? '',
      shortId(runnerId),
      errorLine(detail ?? ''),
    ]);
    const names = ['attempt', 'outcome', 'started (UTC)', 'ended (UTC)', 'host', 'runner', 'detail'];
    lines.push(
      '',
      'Attempts:',
      ...(await aligned(
        names.map((name) => ({ name })),
        rows,
        width,
      )),
    );
  }
  lines.push(...(await provenanceLines(provenance, width)));
  for (const [name, entries] of Object.entries(logs)) lines.push(...(await logLines(name, entries, width)));
  if (typeof error === 'string' && error !== '') lines.push('', 'Error:', plainLines(error));
  return lines;
};

/** Names and values, a line for each field, safe for a terminal. */
export const fieldLines = (row: Row): readonly string[] => {
  const names = Object.keys(row).map(plain);
  const widest = Math.max(...names.map(displayWidth));
  return Object.values(row).map((value, index) => {
    return `${padded(names[index] ?? '', widest)}  ${plain(cellText(value, '-'))}`;
  });
};

const logLines = async (name: string, rows: readonly Row[], width: number | undefined): Promise<readonly string[]> => {
  const [first] = rows;
  if (first === undefined) return [];
  const names = Object.keys(first).filter((column) => column !== 'ID' && column !== 'experiment_id');
  const cells = rows.slice(-LOG_ROWS).map((row) => names.map((column) => cellText(row[column])));
  const which =
    rows.length > LOG_ROWS ? `the last ${LOG_ROWS} of ${grouped(rows.length)} rows` : counted(rows.length, 'row');
  return [
    '',
    plain(`Log ${name} (${which}):`),
    ...(await aligned(
      names.map((column) => ({ name: column })),
      cells,
      width,
    )),
  ];
};

/** The end of a runner's id. Ids begin with the time, so they differ at the end. */
export const shortId = (runnerId: string): string => runnerId.slice(-8);

const columns = ['runner', 'host', 'version', 'node', 'commit', 'machine'].map((name) => ({ name }));

/** The runners that executed an experiment and the configuration that filled it, for people. */
export const provenanceLines = async (
  { configuration, runners }: Provenance,
  width: number | undefined,
): Promise<readonly string[]> => [
  ...(runners.length > 0 ? ['', 'Runners:', ...(await aligned(columns, runners.map(cells), width))] : []),
  ...(configuration
    ? ['', `Filled from configuration ${plain(configuration.sha256).slice(0, 12)} (all of it: --json)`]
    : []),
];

const cells = ({ id, host, version, facts }: Runner): readonly string[] => [
  shortId(id),
  host,
  version,
  ...(facts
    ? [facts.node, commitText(facts), `${facts.cpu ?? facts.os}, ${facts.cores} cores, ${facts.memoryMegabytes} MB`]
    : ['', '', '']),
];

const commitText = ({ commit, dirty, git }: NonNullable<Runner['facts']>): string => {
  if (commit === null) return git === 'refused' ? 'refused by git' : 'none';
  const changed = dirty === null ? ', changes unknown' : ', with changes';
  return commit.slice(0, 12) + (dirty === false ? '' : changed);
};
