import type { History, RunnerProcess } from './history.ts';
import type { Violation } from './violation.ts';

/** Exit codes that need no reason: all is done, done with failures, work is left. */
const ENDED = new Set<number | null>([0, 3, 75]);
/** A runner that finishes has looked at its file a moment before. */
const FINISHING = 1_000;
/** Of a process that a signal ended. */
const SIGNAL_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/** How a runner may end: as it was told to, with nothing open, or because what it needs was away, and it says so. */
export const crash = (process: RunnerProcess, { outages, renames }: History): Violation[] => {
  const { name, endedAt, code, signal, told, hung, stderr, fileGoneAt } = process;
  const violation = (text: string): Violation[] => [
    { damage: 'crash', id: null, text: `runner ${name} ${text}${stderr && `\n${stderr}`}` },
  ];
  if (hung) return violation('did not end');
  if (signal === 'SIGKILL' && told.includes('SIGKILL')) return [];
  // told before it listens, or so late that it listens no more
  for (const sent of ['SIGTERM', 'SIGINT'] as const)
    if (told.includes(sent) && (signal === sent || code === SIGNAL_CODES[sent])) return [];
  if (fileGoneAt !== null && endedAt > fileGoneAt + FINISHING) {
    if (ENDED.has(code)) return violation(`ended with exit code ${code}, its file gone`);
    return code !== null && stderr.includes('.sqlite') ? [] : violation('does not say that its file is gone');
  }
  if (ENDED.has(code) || (code === 5 && outages)) return [];
  if (code !== null && told.includes('fault') && stderr !== '') return [];
  if ((code === 5 || code === 6) && renames && stderr !== '') return [];
  return violation(`ended by itself: exit code ${code}, signal ${signal}`);
};
