import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Acknowledged, Execution } from './history.ts';

export type Line = Readonly<Record<string, unknown>>;

/** The lines of a file; the last one may have been cut off by a kill. */
export const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index, all) => {
      if (text === '') return [];
      try {
        return [JSON.parse(text) as Line];
      } catch (error) {
        if (index === all.length - 1) return [];
        throw new Error(`${file}, line ${index + 1}: ${text}`, { cause: error });
      }
    });

const filesOf = (directory: string, ending: string): readonly string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name));

/** What the experiments wrote down. */
export const readExecutions = (directory: string): readonly Execution[] =>
  executionsOf(filesOf(directory, '.jsonl').flatMap(linesOf));

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
      };
    });
};

const ACKNOWLEDGED = new Set<unknown>(['done', 'error', 'timeout', 'paused']);

/** What the runners said on their standard output. */
export const readAcknowledged = (directory: string): readonly Acknowledged[] =>
  filesOf(directory, '.out').flatMap((file) => acknowledgedOf(linesOf(file), basename(file, '.out')));

export const acknowledgedOf = (lines: readonly Line[], runner: string): readonly Acknowledged[] =>
  lines
    .filter(({ event }) => ACKNOWLEDGED.has(event))
    .map((line) => ({
      runner,
      event: line['event'] as Acknowledged['event'],
      id: Number(line['id']),
      attempt: Number(line['attempt']),
    }));
