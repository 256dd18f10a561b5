import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deed, FinalTables, History } from './history.ts';
import { checkHistory } from './history-checker.ts';
import type { Violation } from './violation.ts';
import { type Counts, type Fault, isShape, shapeOf } from './faults.ts';
import { Nemesis } from './nemesis.ts';
import type { Place } from './place.ts';
import type { Random } from './random.ts';
import { readAcknowledged, readExecutions } from './read-history.ts';
import { Ages } from './ages.ts';
import { FileLoss } from './file-loss.ts';
import { Intrusion } from './intrusion.ts';
import type { OutputKind } from './runner-output.ts';
import { RunnerSlot } from './runner-slot.ts';
import { Scene } from './scene.ts';
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
  const command = (name: string, settings: Settings, verb: 'run' | 'fill'): readonly string[] => {
    const config = join(directory, `${name}.json`);
    writeFileSync(config, JSON.stringify(configurationOf(options, settings, history)));
    return [main, verb, '--config', config, '--json'];
  };
  const shape = shapeOf(random, options.faults);
  const deeds: Deed[] = [];
  const renames = options.faults.includes('ddl') && place.server !== undefined;
  const slot = (name: string, output: OutputKind, settings: Settings, verb: 'run' | 'fill' = 'run'): RunnerSlot =>
    new RunnerSlot(command(name, settings, verb), {
      directory,
      name,
      deeds,
      output,
      again: renames ? [75, 5, 6] : [75, 5],
    });
  const calmDatabase = place.calmSection(options.table);
  const newest: Settings = { database: calmDatabase, late: shape === 'ages' };
  const settings = (index: number): Settings => ({
    database: place.section(index, options.table),
    ...(shape === 'group' && { kind: KINDS[index % KINDS.length] }),
    talkative: shape === 'terminal',
    // those that begin the study leave enough of it to the newer ones
    patient: shape === 'ages' && index % 2 === 0,
  });
  const outputs: readonly OutputKind[] = shape === 'terminal' ? ['terminal', 'pipe'] : [];
  const slots = Array.from({ length: options.runners }, (_, index) =>
    slot(`${index}`, outputs[index] ?? 'files', settings(index)),
  );
  const calm = slot('calm', 'files', newest);
  const fills = [slot('fill', 'files', newest, 'fill'), slot('newer', 'files', newest, 'fill')] as const;

  const scene = new Scene({ slots, place, deeds }, random, options);
  const fileLoss = new FileLoss(scene);
  const nemesis = new Nemesis(
    scene,
    {
      intrusion: new Intrusion(scene, fills[0]),
      fileLoss,
      ages:
        shape === 'ages'
          ? new Ages(
              scene,
              (index) => command(`late-${index}`, { ...settings(index), patient: false, late: true }, 'run'),
              fills[1],
            )
          : undefined,
    },
    { ...options, faults: options.faults.filter((fault) => !isShape(fault) || fault === shape) },
  );

  let over = false;
  const stormy = (): boolean => !over && options.more(nemesis.counts);
  const end = (): void => {
    over = true;
  };
  try {
    await Promise.all([nemesis.rage(stormy).finally(end), ...slots.map(async (one) => one.keep(stormy).finally(end))]);
  } catch (error) {
    for (const one of [...slots, ...fills]) one.giveUp();
    throw error;
  }
  for (const proxy of place.proxies) await proxy.command('reset');
  await calm.once();

  const tables = await place.tables(options.table);
  const clockJumps = options.faults.includes('clock');
  const processes = [...slots, ...fills, calm]
    .flatMap((one) => one.processes)
    .toSorted((a, b) => a.endedAt - b.endedAt);
  const pids = new Map(processes.map(({ name, pid }) => [name, pid]));
  const told: History = {
    experiments: options.experiments,
    maxAttempts: MAX_ATTEMPTS,
    steps: 3,
    reset: new Set(),
    outages: (['server', 'cut', 'disk'] as const).some((fault) => options.faults.includes(fault)),
    clockJumps,
    renames,
    leaseSeconds: options.leaseSeconds,
    executions: readExecutions(history, (name) => pids.get(name)),
    acknowledged: readAcknowledged(directory),
    unfounded: fileLoss.unfounded,
    processes,
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

/** What executes the experiments of a runner. */
const KINDS = ['thread', 'process', 'command'] as const;

/** What runners differ in. */
interface Settings {
  readonly database: object;
  readonly kind?: (typeof KINDS)[number] | undefined;
  readonly talkative?: boolean;
  /** Its experiments take five times as long. */
  readonly patient?: boolean;
  /** It has the fields that the study gains in the middle of a round of `ages`. */
  readonly late?: boolean;
}

const configurationOf = (
  options: RoundOptions,
  { database, kind = 'thread', talkative = false, patient = false, late = false }: Settings,
  history: string,
): object => ({
  experiment:
    kind === 'command'
      ? { command: [process.execPath, file('test/fixtures/torture/command.ts')] }
      : { module: file('test/fixtures/torture/experiment.ts') },
  database,
  table: {
    name: options.table,
    keyfields: { seed: { type: 'INT', values: { start: 0, stop: options.experiments, step: 1 } } },
    resultfields: {
      attempt: 'INT',
      token: 'VARCHAR(255)',
      half: 'VARCHAR(255)',
      ...(late && { late: 'VARCHAR(255)' }),
    },
    logtables: {
      steps: { step: 'INT', token: 'VARCHAR(255)' },
      ...(late && { late: { step: 'INT', token: 'VARCHAR(255)' } }),
    },
  },
  runner: {
    workers: 2,
    heartbeatSeconds: options.leaseSeconds / 5,
    leaseSeconds: options.leaseSeconds,
    maxAttempts: MAX_ATTEMPTS,
    retries: 1,
    isolation: kind === 'process' ? 'process' : 'thread',
  },
  custom: { history, milliseconds: options.experimentMilliseconds * (patient ? 5 : 1), talkative, late },
});
