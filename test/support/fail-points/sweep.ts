import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExperimentRepository } from '../../../src/domain/experiment-repository.ts';
import type { FinalTables, History } from '../../torture/history.ts';
import { checkHistory, storyOf } from '../../torture/history-checker.ts';
import { acknowledgedOf, executionsOf, type Line, linesOf } from '../../torture/read-history.ts';
import { type Break, type FailPoint, FailPoints } from '../failing-database.ts';
import { type DatabaseKind, openKind } from '../study-databases.ts';
import { openFailing, studyOfSteps } from './open.ts';
import { playScenario, recoverAll, SEEDS, setScene } from './scenario.ts';

/** Where the studies of a sweep lie. */
export interface Ground {
  kind(table: string): DatabaseKind;
  /** Past everything that breaks. */
  calm(table: string): DatabaseKind;
  tables(table: string): Promise<FinalTables>;
  /** Empties the tables. */
  clear(table: string): Promise<void>;
}

/** How many fail-points of each kind were broken. */
export type Swept = Record<FailPoint, number>;

/** Repeats the scenario with the first, second, third … fail-point broken, until it runs through; checks after each. */
const sweep = async (
  ground: Ground,
  name: string,
  lanes: number,
  play: (target: number, table: string, journal: (line: Line) => void) => Promise<FailPoint | undefined>,
): Promise<Swept> => {
  const swept: Swept = { statement: 0, commit: 0, answer: 0 };
  let next = 1;
  let through = false;
  const lane = async (_: unknown, index: number): Promise<void> => {
    const table = `${name}_${index}`;
    const repository = await openKind(ground.calm(table), studyOfSteps(table));
    try {
      await repository.prepare();
      while (!through) {
        const target = next;
        next += 1;
        const lines: Line[] = [];
        const journal = (line: object): void => void lines.push(line as Line);
        await setScene(repository, journal);
        const broken = await play(target, table, journal);
        if (broken === undefined) through = true;
        else swept[broken] += 1;
        await recoverAll(repository, journal);
        await reckon(
          repository,
          await ground.tables(table),
          lines,
          `${name}, fail-point ${target} (${broken ?? 'none'})`,
        );
        await ground.clear(table);
      }
    } finally {
      through = true;
      await repository.close();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return swept;
};

const reckon = async (
  repository: ExperimentRepository,
  tables: FinalTables,
  lines: readonly Line[],
  title: string,
): Promise<void> => {
  const history: History = {
    experiments: SEEDS,
    maxAttempts: 100,
    steps: 3,
    reset: new Set(lines.filter(({ what }) => what === 'reset').map(({ id }) => Number(id))),
    outages: false,
    executions: executionsOf(lines),
    acknowledged: acknowledgedOf(lines, 'client'),
    processes: [],
    deeds: [],
    tables,
  };
  const violations = checkHistory(history);
  const [first] = violations;
  const told = violations.map(({ damage, id, text }) => `${damage}: experiment ${id}: ${text}`);
  assert.deepEqual(told, [], `${title}\n${told.join('\n')}\n${first?.id ? storyOf(first.id, history) : ''}`);
  assert.deepEqual(await repository.runners(), [], `${title}: every runner is gone`);
};

/** Breaks them in this process: an exception, or a connection. */
export const sweepBreaking = async (
  ground: Ground,
  name: string,
  lanes: number,
  breakOf: (table: string) => Promise<{ readonly break: Break; readonly early?: boolean; readonly end?: () => Promise<void>; readonly kind?: DatabaseKind }>, // prettier-ignore
): Promise<Swept> =>
  sweep(ground, name, lanes, async (target, table, journal) => {
    const way = await breakOf(table);
    const points = new FailPoints();
    const repository = await openFailing(studyOfSteps(table), way.kind ?? ground.kind(table), points);
    try {
      points.arm(target, way.break, way.early);
      await playScenario(repository, (line) => journal(line as Line));
      return points.broken;
    } finally {
      await repository.close();
      await way.end?.();
    }
  });

/** Kills the process that comes by, with signal 9. */
export const sweepKilling = async (ground: Ground, name: string, lanes: number, directory: string): Promise<Swept> => {
  const script = fileURLToPath(new URL('../../fixtures/fail-points/dies.ts', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: path.join(directory, 'compiled') };
  const start = (): ChildProcess => spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'], env });
  // starting takes longer than dying: the next one starts meanwhile
  const waiting = Array.from({ length: lanes }, start);
  try {
    return await sweep(ground, name, lanes, async (target, table, journal) => {
      const child = waiting.shift() ?? start();
      waiting.push(start());
      const ended = once(child, 'exit');
      const file = path.join(directory, `${name}_${target}.journal`);
      child.stdin?.end(`${JSON.stringify({ kind: ground.kind(table), table, target, journal: file })}\n`);
      const [code, signal] = (await ended) as [number | null, string | null];
      const lines = existsSync(file) ? linesOf(file) : [];
      lines.filter(({ what }) => what !== 'broke').forEach(journal);
      if (code === 0) return undefined;
      assert.equal(signal, 'SIGKILL', `the child ended with code ${code}`);
      return lines.at(-1)?.['point'] as FailPoint;
    });
  } finally {
    for (const child of waiting) child.kill('SIGKILL');
  }
};
