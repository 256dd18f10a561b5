import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deed, FinalTables, History } from './history.ts';
import { checkHistory, type Violation } from './history-checker.ts';
import type { Counts, Fault } from './faults.ts';
import { Nemesis } from './nemesis.ts';
import type { Place } from './place.ts';
import type { Random } from './random.ts';
import { readAcknowledged, readExecutions } from './read-history.ts';
import { RunnerSlot } from './runner-slot.ts';
import { storyOf } from './story.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The built program; another build can be named. */
const main = process.env['TS_EXPERIMENTER_TEST_MAIN'] ?? file('dist/main.js');

export interface RoundOptions {
  readonly table: string;
  readonly experiments: number;
  readonly runners: number;
  readonly faults: readonly Fault[];
  /** Whether it goes on, after so many deeds of this round; then nobody disturbs any more. */
  readonly more: (counts: Counts) => boolean;
  readonly leaseSeconds: number;
  /** Between two deeds, on average. */
  readonly pauseMilliseconds: number;
  /** How long a runner works before something befalls it, on average. */
  readonly lifeMilliseconds: number;
  /** An experiment's own wait, at most. */
  readonly experimentMilliseconds: number;
}

export interface RoundResult {
  readonly violations: readonly Violation[];
  /** What to print if there are any: the story of each of the first few. */
  readonly stories: readonly string[];
  readonly counts: Counts;
  readonly history: History;
}

/** A lost attempt counts; few experiments are to run out of them. */
const MAX_ATTEMPTS = 8;
const HOUR = 3_600_000;

/** One study from its first row to its last, in a storm; then calm, one undisturbed runner, and the reckoning. */
export const playRound = async (
  place: Place,
  directory: string,
  random: Random,
  options: RoundOptions,
): Promise<RoundResult> => {
  const history = join(directory, 'history');
  mkdirSync(history, { recursive: true });
  const command = (name: string, database: object): readonly string[] => {
    const config = join(directory, `${name}.json`);
    writeFileSync(config, JSON.stringify(configurationOf(options, database, history)));
    return [main, 'run', '--config', config, '--json'];
  };
  const deeds: Deed[] = [];
  const slots = Array.from(
    { length: options.runners },
    (_, index) =>
      new RunnerSlot(command(`runner-${index}`, place.section(index, options.table)), directory, `${index}`, deeds),
  );
  const nemesis = new Nemesis({ slots, place, deeds }, random, options);

  let over = false;
  const stormy = (): boolean => !over && options.more(nemesis.counts);
  const storm = nemesis.rage(stormy);
  await Promise.all([
    storm,
    ...slots.map(async (slot) => {
      await slot.keep(stormy);
      over = true;
    }),
  ]);
  for (const proxy of place.proxies) await proxy.command('reset');

  const calm = new RunnerSlot(command('calm', place.calmSection(options.table)), directory, 'calm', deeds);
  await calm.once();

  const tables = await place.tables(options.table);
  const clockJumps = options.faults.includes('clock');
  const told: History = {
    experiments: options.experiments,
    maxAttempts: MAX_ATTEMPTS,
    steps: 3,
    reset: new Set(),
    outages: (['server', 'cut', 'disk'] as const).some((fault) => options.faults.includes(fault)),
    clockJumps,
    leaseSeconds: options.leaseSeconds,
    executions: readExecutions(history),
    acknowledged: readAcknowledged(directory),
    processes: [...slots, calm].flatMap(({ processes }) => processes).toSorted((a, b) => a.endedAt - b.endedAt),
    deeds,
    tables: clockJumps ? withoutJumps(tables) : tables,
  };
  const violations = checkHistory(told);
  const ids = [...new Set(violations.flatMap(({ id }) => id ?? []))];
  return {
    violations,
    stories: ids
      .map((id) => storyOf(id, told))
      .toSorted((a, b) => a.length - b.length)
      .slice(0, 3),
    counts: nemesis.counts,
    history: told,
  };
};

/** The dates of a clock that jumps by hours, set right to the hour: a round of half an hour would be too long for it. */
const withoutJumps = (tables: FinalTables): FinalTables => {
  const now = Date.now();
  const real = (date: number): number => date + Math.round((now - date) / HOUR) * HOUR;
  return {
    ...tables,
    attempts: tables.attempts.map((one) => ({ ...one, endedAt: real(one.endedAt) })),
    runners: tables.runners.map((one) => ({ ...one, expiresAt: real(one.expiresAt) })),
  };
};

const configurationOf = (options: RoundOptions, database: object, history: string): object => ({
  experiment: { module: file('test/fixtures/torture/experiment.ts') },
  database,
  table: {
    name: options.table,
    keyfields: { seed: { type: 'INT', values: { start: 0, stop: options.experiments, step: 1 } } },
    resultfields: { attempt: 'INT', token: 'VARCHAR(255)', half: 'VARCHAR(255)' },
    logtables: { steps: { step: 'INT', token: 'VARCHAR(255)' } },
  },
  runner: {
    workers: 2,
    heartbeatSeconds: options.leaseSeconds / 5,
    leaseSeconds: options.leaseSeconds,
    maxAttempts: MAX_ATTEMPTS,
    retries: 1,
  },
  custom: { history, milliseconds: options.experimentMilliseconds },
});
