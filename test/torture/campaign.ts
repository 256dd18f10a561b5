import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, type Fault, noneYet } from './faults.ts';
import { reapedAlive } from './check-leases.ts';
import { type DatabaseName, openPlace } from './place.ts';
import { Random } from './random.ts';
import { playRound } from './round.ts';
import { type Damage, damages } from './violation.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** At most so long. */
  readonly seconds: number;
  /** It ends before when there have been so many of each; `experiments` are those of whole rounds. */
  readonly goals: Readonly<Partial<Record<Fault | 'experiments', number>>>;
  readonly database: DatabaseName;
  readonly faults: readonly Fault[];
  readonly runners: number;
  /** In each round. */
  readonly experiments: number;
  readonly leaseSeconds: number;
  readonly pauseMilliseconds: number;
  readonly lifeMilliseconds: number;
  readonly experimentMilliseconds: number;
  /** Says how it goes. */
  readonly say: (line: string) => void;
}

/** Everything that happened, as one line of JSON. */
export interface CampaignResult {
  readonly v: 1;
  readonly database: DatabaseName;
  readonly seed: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly kills: number;
  readonly stops: number;
  readonly terms: number;
  readonly serverKills: number;
  readonly cuts: number;
  readonly clockJumps: number;
  readonly fullDisks: number;
  readonly groupStops: number;
  readonly killsOfNewer: number;
  readonly unreadOutputs: number;
  readonly fatalErrors: number;
  readonly maintenances: number;
  readonly locks: number;
  readonly lostFiles: number;
  readonly processes: number;
  readonly experiments: number;
  readonly executions: number;
  readonly acknowledged: number;
  readonly attemptsLost: number;
  readonly attemptsReleased: number;
  /** Attempts of runners that nobody had harmed, taken for dead; not counted while the database may be away. */
  readonly attemptsReapedAlive: number;
  /** Runners that found no database when they began or ended, and said so. */
  readonly unreachable: number;
  readonly deadlocks: number;
  readonly violations: Readonly<Record<Damage, number>>;
  /** Of the first round with violations. */
  readonly report: readonly string[];
}

/** Rounds until the goals are reached, the time is over or the promise is broken; each is a study of its own, decided by the seed. */
export const campaign = async (options: CampaignOptions): Promise<CampaignResult> => {
  const { database, seed, say } = options;
  const directory = mkdtempSync(join(tmpdir(), 'tsx-torture-'));
  const place = await openPlace(options, directory);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1_000;
  const counts: Counts = noneYet();
  const sums = {
    rounds: 0,
    processes: 0,
    experiments: 0,
    executions: 0,
    acknowledged: 0,
    lost: 0,
    released: 0,
    reapedAlive: 0,
    away: 0,
  };
  const goals = Object.entries(options.goals) as [keyof typeof options.goals, number][];
  const reached = (now: Counts): boolean =>
    goals.length > 0 &&
    goals.every(([goal, count]) =>
      goal === 'experiments' ? sums.experiments >= count : counts[goal] + now[goal] >= count,
    );
  // on a busy machine runners take long to start, and a round without a deed says nothing
  const more = (now: Counts): boolean =>
    !reached(now) && (elapsed() < options.seconds || Object.values(now).every((count) => count === 0));
  const violations = Object.fromEntries(damages.map((damage) => [damage, 0])) as Record<Damage, number>;
  const report: string[] = [];
  try {
    while (report.length === 0 && (sums.rounds === 0 || (elapsed() < options.seconds && !reached(noneYet())))) {
      sums.rounds += 1;
      const table = `round_${sums.rounds}`;
      const home = join(directory, table);
      mkdirSync(home);
      const round = await playRound(place, home, new Random(seed * 1_000 + sums.rounds), {
        ...options,
        table,
        more,
      });
      for (const fault of Object.keys(counts) as Fault[]) counts[fault] += round.counts[fault];
      const { processes, tables, executions, acknowledged } = round.history;
      sums.processes += processes.length;
      sums.experiments += tables.experiments.length;
      sums.executions += executions.length;
      sums.acknowledged += acknowledged.length;
      sums.lost += tables.attempts.filter(({ outcome }) => outcome === 'lost').length;
      sums.released += tables.attempts.filter(({ outcome }) => outcome === 'released').length;
      sums.reapedAlive += reapedAlive(round.history).length;
      sums.away += processes.filter(({ code }) => code === 5).length;
      for (const { damage } of round.violations) violations[damage] += 1;
      if (round.violations.length > 0) {
        const found = round.violations.map(
          ({ damage, id, text }) => `${damage}: ${id === null ? '' : `experiment ${id}: `}${text}`,
        );
        report.push(...found.slice(0, 20), ...round.stories, `everything is kept in ${directory}`);
      } else rmSync(home, { recursive: true });
      if (round.violations.length === 0) await place.forget(table);
      say(
        `round ${sums.rounds}, ${elapsed().toFixed(0)} s: ${JSON.stringify(counts)}, ${sums.experiments} experiments, ${sums.lost} attempts lost`,
      );
    }
    const deadlocks = await place.deadlocks();
    if (deadlocks.count > 0) say(`the last deadlock: ${deadlocks.last}`);
    return {
      v: 1,
      database,
      seed,
      rounds: sums.rounds,
      seconds: Math.round(elapsed()),
      kills: counts.kill,
      stops: counts.stop,
      terms: counts.term,
      serverKills: counts.server,
      cuts: counts.cut,
      clockJumps: counts.clock,
      fullDisks: counts.disk,
      groupStops: counts.group,
      killsOfNewer: counts.ages,
      unreadOutputs: counts.terminal,
      fatalErrors: counts.fatal,
      maintenances: counts.ddl,
      locks: counts.lock,
      lostFiles: counts.file,
      processes: sums.processes,
      experiments: sums.experiments,
      executions: sums.executions,
      acknowledged: sums.acknowledged,
      attemptsLost: sums.lost,
      attemptsReleased: sums.released,
      attemptsReapedAlive: sums.reapedAlive,
      unreachable: sums.away,
      deadlocks: deadlocks.count,
      violations,
      report,
    };
  } finally {
    await place.close();
    if (report.length === 0) rmSync(directory, { recursive: true, force: true });
  }
};
