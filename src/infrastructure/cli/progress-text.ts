import type { RunEvent } from '../../application/run-events.ts';
import type { Tally } from './tally.ts';
import { cut, firstLine, plain } from './text.ts';
import { duration, grouped, rate } from './words.ts';

const LONGEST_BAR = 24;

/** `style('red', text)`; the identity where there are no colours. */
export type Style = (format: 'green' | 'red' | 'dim', text: string) => string;

/** `#17 Error: singular matrix` */
export const failureText = ({ id, attempt, message = '', event }: RunEvent): string =>
  plain(`#${id}${attempt > 1 ? ` (attempt ${attempt})` : ''} ${firstLine(message) || event}`);

/** The share of a whole, never 100 % before the end. */
const percent = (part: number, whole: number): string =>
  whole === 0 ? '100 %' : `${Math.floor((part / whole) * 100)} %`;

const pace = (tally: Tally, now: number): readonly string[] => {
  const perSecond = tally.rate(now);
  const remaining = tally.remaining(now);
  return [
    ...(perSecond === undefined ? [] : [rate(perSecond)]),
    ...(remaining === undefined || remaining === 0 ? [] : [`ETA ${duration(Math.max(1, Math.round(remaining)))}`]),
  ];
};

/** The lines of the live region, none wider than the terminal. */
export const regionLines = (tally: Tally, now: number, columns: number, style: Style): readonly string[] => {
  const { total, finished, running, failed, lastFailure } = tally;
  const width = Math.max(0, Math.min(LONGEST_BAR, columns - 30));
  const full = total === 0 ? width : Math.floor((finished / total) * width);
  const bar = width < 4 ? '' : `${style('green', '█'.repeat(full))}${style('dim', '░'.repeat(width - full))} `;
  const facts = [
    `${grouped(finished)}/${grouped(total)}`,
    percent(finished, total),
    ...pace(tally, now),
    `${running} running`,
  ];
  const room = columns - 1 - (bar === '' ? 0 : width + 1);
  const lines = [`${bar}${cut(facts.join('  '), room)}`];
  if (failed > 0 && lastFailure)
    lines.push(style('red', cut(`${grouped(failed)} failed, last: ${failureText(lastFailure)}`, columns - 1)));
  return lines;
};

/** The same on one plain line, for logs; the last one does not say what runs. */
export const progressLine = (tally: Tally, now: number, last = false): string => {
  const { total, finished, running, failed } = tally;
  return [
    `${grouped(finished)} of ${grouped(total)} experiments (${percent(finished, total)})`,
    ...(last ? [] : pace(tally, now)),
    ...(last ? [] : [`${running} running`]),
    ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
  ].join(', ');
};
