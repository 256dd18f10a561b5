import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FinalTables, History } from '../../torture/history.ts';
import { checkHistory } from '../../torture/history-checker.ts';
import { storyOf } from '../../torture/story.ts';
import { acknowledgedOf, executionsOf, type Line, linesOf } from '../../torture/read-history.ts';
import { type DatabaseKind, openKind } from '../study-databases.ts';
import { LEASE_SECONDS, type Operation, operations } from './client.ts';
import { type FailPoint, FailPoints, type Fault } from './fail-points.ts';
import { openFailing, studyOfSteps } from './open.ts';
import { playScenario, recoverAll, SEEDS, setScene } from './scenario.ts';

/** Where the studies of a sweep lie. */
export interface Ground {
  kind(table: string): DatabaseKind;
  /** Read by other means than the product's. */
  tables(table: string): Promise<FinalTables>;
  /** Empties the tables. */
  clear(table: string): Promise<void>;
}

/** How many fail-points of each operation failed. */
export type Swept = Readonly<Record<Operation, number>>;

type Failed = NonNullable<FailPoints['failed']>;
/** What failed in the story, if anything, and how the client ends, which stays connected while another recovers. */
interface Played {
  readonly failed: Failed | undefined;
  readonly end?: () => Promise<void>;
}
type Play = (target: number, table: string, journal: (line: object) => void) => Promise<Played>;

/** Stories that are told side by side, so that one waits for the database while another is computed. */
const LANES = 4;

/**
 * Repeats the scenario with the first, second, third … fail-point failing, until it runs through. After each, another
 * runner recovers what is left, and the history is checked as after a torture.
 */
const sweep = async (ground: Ground, name: string, play: Play): Promise<Swept> => {
  const swept = Object.fromEntries(operations.map((operation) => [operation, 0])) as Record<Operation, number>;
  let next = 1;
  let through = false;
  const lane = async (_: unknown, index: number): Promise<void> => {
    const table = `${name}_${index}`;
    const repository = await openKind(ground.kind(table), studyOfSteps(table));
    try {
      await repository.prepare();
      while (!through) {
        const target = next;
        next += 1;
        const lines: Line[] = [];
        const journal = (line: object): void => void lines.push(line as Line);
        let played: Played | undefined;
        try {
          await setScene(repository, journal);
          played = await play(target, table, journal);
          await recoverAll(repository, journal);
          assertWhole(await ground.tables(table), lines);
          assert.deepEqual(await repository.runners(), [], 'every runner is gone');
        } catch (error) {
          const where = JSON.stringify(played?.failed ?? 'not told');
          throw new Error(`fail-point ${target}, ${where}: ${String(error)}`, { cause: error });
        } finally {
          await played?.end?.();
        }
        if (played.failed) swept[played.failed.operation as Operation] += 1;
        else through = true;
        await ground.clear(table);
      }
    } finally {
      through = true;
      await repository.close();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return swept;
};

/** Throws, with the story of the first experiment that is not as it should be. */
const assertWhole = (tables: FinalTables, lines: readonly Line[]): void => {
  const history: History = {
    experiments: SEEDS,
    maxAttempts: 100,
    steps: 3,
    reset: new Set(lines.filter(({ what }) => what === 'reset').map(({ id }) => Number(id))),
    outages: false,
    clockJumps: false,
    renames: false,
    leaseSeconds: LEASE_SECONDS,
    executions: executionsOf(lines),
    acknowledged: acknowledgedOf(lines, 'client'),
    unfounded: [],
    processes: [],
    deeds: [],
    tables,
  };
  const violations = checkHistory(history);
  if (violations.length === 0) return;
  const told = violations.map(({ damage, id, text }) => `${damage}: experiment ${id}: ${text}`);
  throw new Error([...told, storyOf(violations.find(({ id }) => id !== null)?.id ?? 0, history)].join('\n'));
};

/** Something fails in this process: what the driver says, or the connection. */
export const sweepFailing = async (
  ground: Ground,
  name: string,
  fault: Fault,
  only?: FailPoint['when'],
): Promise<Swept> =>
  sweep(ground, name, async (target, table, journal) => {
    const points = new FailPoints(target, fault, only);
    const repository = await openFailing(table, ground.kind(table), points);
    try {
      await playScenario(repository, journal, (operation) => (points.operation = operation));
      return { failed: points.failed, end: async () => repository.close() };
    } catch (error) {
      await repository.close();
      throw new Error(`the scenario broke off after ${JSON.stringify(points.failed)}: ${String(error)}`, {
        cause: error,
      });
    }
  });

/** The process that comes by is killed, with signal 9. */
export const sweepKilling = async (ground: Ground, name: string, directory: string): Promise<Swept> => {
  const script = fileURLToPath(new URL('../../fixtures/fail-points/dies.ts', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const start = (): ChildProcess => spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'], env });
  // starting takes longer than dying: the next ones start meanwhile
  const waiting = Array.from({ length: LANES }, start);
  try {
    return await sweep(ground, name, async (target, table, journal) => {
      const child = waiting.shift() ?? start();
      waiting.push(start());
      const ended = once(child, 'exit');
      const [history, failed] = [path.join(directory, `${table}_${target}`), path.join(directory, `${table}_failed`)];
      child.stdin?.end(`${JSON.stringify({ kind: ground.kind(table), table, target, history, failed })}\n`);
      const [code, signal] = (await ended) as [number | null, string | null];
      if (existsSync(history)) linesOf(history).forEach(journal);
      if (code === 0) return { failed: undefined };
      assert.equal(signal, 'SIGKILL', `the child ended with code ${code}`);
      return { failed: JSON.parse(readFileSync(failed, 'utf8')) as Failed };
    });
  } finally {
    for (const child of waiting) child.kill('SIGKILL');
  }
};
