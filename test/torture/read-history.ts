import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Acknowledged, Execution } from './history.ts';

export type Line = Readonly<Record<string, unknown>>;

/** The lines of a file; the last one may have been cut off by a kill. */
export const linesOf = (file: string): Line[] => parsed(readFileSync(file, 'utf8'), file);

const parsed = (text: string, file: string): Line[] =>
  text.split('\n').flatMap((line, index, all) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Line];
    } catch (error) {
      if (index === all.length - 1) return [];
      throw new Error(`${file}, line ${index + 1}: ${line}`, { cause: error });
    }
  });

const filesOf = (directory: string, ending: string): readonly string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name));

/** What the experiments wrote down. `pidOf`: the runner's process, whose children they may have been. */
export const readExecutions = (
  directory: string,
  pidOf: (runner: string) => number | undefined,
): readonly Execution[] => {
  const lines = filesOf(directory, '.jsonl').flatMap(linesOf);
  return executionsOf(lines.map((line) => ({ ...line, pid: pidOf(String(line['runner'])) ?? line['pid'] })));
};

/** Of lines that say `begin` and `end`, each execution with its token. */
export const executionsOf = (lines: readonly Line[]): readonly Execution[] => {
  const ends = new Map(lines.filter(({ what }) => what === 'end').map((line) => [line['token'], line]));
  return lines
    .filter(({ what }) => what === 'begin')
    .map((line) => {
      const end = ends.get(line['token']);
      return {
        id: Number(line['id']),
        attempt: Number(line['attempt']),
        token: String(line['token']),
        pid: Number(line['pid']),
        begin: Number(line['at']),
        end: end ? Number(end['at']) : null,
        beganAt: Number(line['date']),
        returns: (end?.['returns'] ?? null) as Execution['returns'],
        late: line['late'] === true,
      };
    });
};

const ACKNOWLEDGED = new Set<unknown>(['done', 'error', 'timeout', 'paused']);

/** What the runners said on their standard output. */
export const readAcknowledged = (directory: string): readonly Acknowledged[] =>
  filesOf(directory, '.out').flatMap((file) => acknowledgedOf(linesOf(file), basename(file, '.out')));

/** What this runner said after so many bytes, the rest of a line that had begun left out. */
export const readAcknowledgedFrom = (file: string, bytes: number, runner: string): readonly Acknowledged[] => {
  const all = readFileSync(file);
  const begin = bytes === 0 || all[bytes - 1] === 10 ? bytes : all.indexOf(10, bytes) + 1;
  return begin === 0 && bytes > 0 ? [] : acknowledgedOf(parsed(all.subarray(begin).toString(), file), runner);
};

export const acknowledgedOf = (lines: readonly Line[], runner: string): readonly Acknowledged[] =>
  lines
    .filter(({ event }) => ACKNOWLEDGED.has(event))
    .map((line) => ({
      runner,
      event: line['event'] as Acknowledged['event'],
      id: Number(line['id']),
      attempt: Number(line['attempt']),
    }));
