import type { TimeRange } from '../../../application/analysis/durations.ts';
import type { RunEvent } from '../../../application/runner/run-events.ts';
import { errorLine } from '../../../domain/experiment/error-line.ts';
import type { Row } from '../../../domain/values/column.ts';
import { cellText } from '../../../domain/values/value-text.ts';
import type { HeldExperiment } from './running-experiments.ts';
import type { RunStats } from './run-stats.ts';
import { cut, displayWidth, padded, plain } from '../../text/terminal-text.ts';
import { age, grouped, rate, timeRange } from '../../text/format.ts';

const LONGEST_BAR = 24;
/** The most running experiments that are shown. */
const MOST_RUNNING = 8;
/** Shorter experiments are not shown, because they end before their line is read. */
const SHORTEST_SHOWN_MILLISECONDS = 1_000;

/** `style('red', text)`; the identity where there are no colours. */
export type Style = (format: 'green' | 'red' | 'dim', text: string) => string;

/** The size of the terminal. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** `#17 Error: singular matrix` */
export const failureText = ({ id, attempt, message = '', event }: RunEvent): string =>
  plain(`#${id}${attempt > 1 ? ` (attempt ${attempt})` : ''} ${errorLine(message) || event}`);

/** The share in percent, rounded down: 100 % is shown only at the end. */
const percent = (part: number, whole: number): string =>
  whole === 0 ? '100 %' : `${Math.floor((part / whole) * 100)} %`;

/** `dataset=iris seed=3`. Null is written as `none`; without `none` it is left out. */
export const keyfieldsText = (keyfields: Row, none?: string): string =>
  plain(
    Object.entries(keyfields)
      .filter(([, value]) => value !== null || none !== undefined)
      .map(([name, value]) => `${name}=${cellText(value, none)}`)
      .join(' '),
  );

const pace = (stats: RunStats, now: number): readonly string[] =>
  paceText(stats.rate(now), stats.remaining(now), stats.total - stats.finished);

/** `2.1/s` and `ETA 12 s – 1m 40s`, if they are known. */
export const paceText = (
  perSecond: number | undefined,
  remaining: TimeRange | undefined,
  open: number,
): readonly string[] => {
  return [
    ...(perSecond === undefined ? [] : [rate(perSecond)]),
    ...(remaining === undefined || remaining.high === 0 ? [] : [`ETA ${timeRange(atLeastSeconds(remaining), open)}`]),
  ];
};

/** Times below a second are shown as one second. */
const atLeastSeconds = ({ low, high, unmeasured }: TimeRange) => ({
  unmeasured,
  low: Math.max(1, low),
  high: Math.max(1, high),
});

/** The lines of the live region. They fit the terminal. */
export const regionLines = (stats: RunStats, now: number, { columns, rows }: Room, style: Style): readonly string[] => {
  const { total, finished, running, failed, lastFailures } = stats;
  const lines = [barLine(finished, total, [...pace(stats, now), `${running} running`], columns, style)];
  const spare = Math.max(0, rows - 3);
  const failures = failed > 0 || lastFailures.length > 0 ? failureLines(stats, columns, style).slice(0, spare) : [];
  lines.push(...runningLines(stats, now, columns, Math.min(MOST_RUNNING, spare - failures.length), style));
  return [...lines, ...failures];
};

/** `██░░ 3/30  10 %  …`: how many experiments have ended, and other facts. */
export const barLine = (
  finished: number,
  total: number,
  facts: readonly string[],
  columns: number,
  style: Style,
): string => {
  const width = Math.max(0, Math.min(LONGEST_BAR, columns - 56));
  const full = total === 0 ? width : Math.floor((finished / total) * width);
  const bar = width < 4 ? '' : `${style('green', '█'.repeat(full))}${style('dim', '░'.repeat(width - full))} `;
  const room = columns - 1 - (bar === '' ? 0 : width + 1);
  const all = [`${grouped(finished)}/${grouped(total)}`, percent(finished, total), ...facts];
  return `${bar}${cut(all.join('  '), room)}`;
};

const failureLines = ({ failed, lastFailures }: RunStats, columns: number, style: Style): readonly string[] => {
  const texts = lastFailures.map((event) => `  ${failureText(event)}${event.again ? ' (is tried again)' : ''}`);
  return [`${grouped(failed)} failed, last:`, ...texts].map((text) => style('red', cut(text, columns - 1)));
};

const runningLines = (stats: RunStats, now: number, columns: number, most: number, style: Style): readonly string[] => {
  const shown = stats.runningExperiments().filter(({ since }) => now - since >= SHORTEST_SHOWN_MILLISECONDS);
  const fitting = shown.length > most ? shown.slice(0, Math.max(0, most - 1)) : shown;
  const lines = experimentLines(
    fitting.map((one) => ({ ...one, seconds: (now - one.since) / 1000 })),
    '  ',
    columns - 1,
    style,
  );
  const more = shown.length - fitting.length;
  return more > 0 && most > 0 ? [...lines, style('dim', cut(`  … and ${more} more`, columns - 1))] : lines;
};

/** An experiment and how long it has run. */
export interface ShownExperiment extends Pick<HeldExperiment, 'id' | 'keyfields' | 'progress'> {
  readonly seconds: number;
}

/** `#41  12 s  epoch=3/40  dataset=iris seed=3`, ids and times in columns. */
export const experimentLines = (
  shown: readonly ShownExperiment[],
  indent: string,
  room: number,
  style: Style,
): readonly string[] => {
  const ids = shown.map(({ id }) => `#${id}`);
  const times = shown.map(({ seconds }) => age(seconds));
  const [idWidth, timeWidth] = [ids, times].map((texts) => Math.max(0, ...texts.map(displayWidth)));
  return shown.map((one, at) => {
    const start = `${indent}${padded(ids[at] ?? '', idWidth ?? 0)}  ${padded(times[at] ?? '', timeWidth ?? 0, true)}  `;
    return runningLine(one, start, room, style);
  });
};

/** If the room is short, the experiment's progress has priority over its keyfields. */
const runningLine = (one: ShownExperiment, start: string, room: number, style: Style): string => {
  const said = progressValue(one.progress);
  const left = Math.max(0, room - displayWidth(start));
  const progress = cut(said, Math.max(Math.floor(left / 2), left - displayWidth(keyfieldsText(one.keyfields)) - 2));
  const rest = progress === '' ? left : left - displayWidth(progress) - 2;
  const what = cut(keyfieldsText(one.keyfields), rest);
  return `${cut(start, room)}${[progress, style('dim', what)].filter((text) => text !== '').join('  ')}`;
};

/** Progress on one plain line, for logs. The last line of a run leaves out what is running. */
export const progressLine = (stats: RunStats, now: number, last = false): string => {
  const { total, finished, running, failed } = stats;
  return [
    `${grouped(finished)} of ${grouped(total)} experiments (${percent(finished, total)})`,
    ...(last ? [] : pace(stats, now)),
    ...(last ? [] : [`${running} running`]),
    ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
  ].join(', ');
};

/**
 * The progress that an experiment reported, as text: a share of 1 in percent, an object as `epoch=3 loss=0.2`. A
 * heartbeat is empty.
 */
export const progressValue = (json: string | null | undefined): string => {
  if (json === null || json === undefined) return '';
  const value = JSON.parse(json) as unknown;
  if (typeof value === 'number' && value >= 0 && value <= 1) return `${Math.floor(value * 100)} %`;
  if (typeof value !== 'object' || value === null) return plain(String(value));
  if (Array.isArray(value)) return plain(json);
  const members = Object.entries(value).filter(([name]) => name !== 'heartbeat');
  return plain(members.map(([name, member]) => `${name}=${memberText(member)}`).join(' '));
};

const memberText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
