import type { Acknowledged, Execution, FinalAttempt, FinalExperiment, History, RunnerProcess } from './history.ts';

/** Rules, by the damage that breaking them does. */
export type Damage = 'lost' | 'double' | 'stuck' | 'mixed' | 'numbers' | 'overlap' | 'crash';

export interface Violation {
  readonly damage: Damage;
  /** Null: it is about no single experiment. */
  readonly id: number | null;
  readonly text: string;
}

/** Everything about one experiment. */
interface Case {
  readonly id: number;
  readonly row: FinalExperiment | undefined;
  /** By number. */
  readonly attempts: readonly FinalAttempt[];
  readonly executions: readonly Execution[];
  readonly acknowledged: readonly Acknowledged[];
  readonly steps: History['tables']['steps'];
}

/** Clocks are read to the millisecond. */
const TICK = 1;

/** Every violation of the promise that the history shows; none is what is hoped for. Knows nothing but the history. */
export const checkHistory = (history: History): readonly Violation[] => [
  ...rows(history),
  ...history.processes.flatMap((process) => crash(process, history)),
  ...cases(history).flatMap((one) => [
    ...stuck(one),
    ...numbers(one),
    ...traces(one),
    ...acknowledged(one, history),
    ...ending(one, history),
    ...results(one, history),
    ...overlaps(one, history),
    ...takenTooSoon(one, history),
  ]),
  ...takenFromTheLiving(history),
];

const cases = ({ tables, executions, acknowledged }: History): readonly Case[] => {
  const by = <Item extends { readonly id: number }>(items: readonly Item[]) => Map.groupBy(items, ({ id }) => id);
  const [experiments, attempts, runs, said, steps] = [
    by(tables.experiments),
    by(tables.attempts),
    by(executions),
    by(acknowledged),
    by(tables.steps),
  ];
  const ids = new Set([experiments, attempts, runs, said, steps].flatMap((map) => [...map.keys()]));
  return [...ids]
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      row: experiments.get(id)?.[0],
      attempts: (attempts.get(id) ?? []).toSorted((a, b) => a.number - b.number),
      executions: (runs.get(id) ?? []).toSorted((a, b) => a.attempt - b.attempt),
      acknowledged: said.get(id) ?? [],
      steps: steps.get(id) ?? [],
    }));
};

/** The rows are those of the grid, once each, and nobody holds anything any more. */
const rows = ({ tables, experiments }: History): Violation[] => {
  const violations: Violation[] = [];
  const seeds = Map.groupBy(tables.experiments, ({ seed }) => seed);
  for (let seed = 0; seed < experiments; seed += 1) {
    const found = seeds.get(seed) ?? [];
    if (found.length === 0)
      violations.push({ damage: 'lost', id: null, text: `the experiment of seed ${seed} is missing` });
    for (const { id } of found.slice(1))
      violations.push({ damage: 'double', id, text: `seed ${seed} was filled twice` });
  }
  for (const { id, number } of tables.leases) {
    violations.push({ damage: 'stuck', id, text: `the lease of attempt ${number} is left` });
  }
  return violations;
};

/** How a runner may end: as it was told to, with nothing open, or because the database was away at its start or end. */
const crash = ({ name, code, signal, told, hung, stderr }: RunnerProcess, { outages }: History): Violation[] => {
  const violation = (text: string): Violation[] => [
    { damage: 'crash', id: null, text: `runner ${name} ${text}${stderr && `\n${stderr}`}` },
  ];
  if (hung) return violation('did not end');
  if (signal === 'SIGKILL' && told.includes('SIGKILL')) return [];
  // told before it listens, or so late that it listens no more
  if (told.includes('SIGTERM') && (signal === 'SIGTERM' || code === 143)) return [];
  if (code === 0 || code === 3 || code === 75 || (code === 5 && outages)) return [];
  return violation(`ended by itself: exit code ${code}, signal ${signal}`);
};

const stuck = ({ id, row }: Case): Violation[] => {
  if (row === undefined) return [{ damage: 'lost', id, text: 'its row is gone' }];
  if (['done', 'error', 'paused'].includes(row.status)) return [];
  return [{ damage: 'stuck', id, text: `it is left ${row.status}` }];
};

const numbers = ({ id, attempts }: Case): Violation[] => {
  const found = attempts.map(({ number }) => number);
  if (found.every((number, index) => number === index + 1)) return [];
  return [{ damage: 'numbers', id, text: `its attempts are numbered ${found.join(', ')}` }];
};

/** What was executed is in the history, once. */
const traces = ({ id, attempts, executions }: Case): Violation[] => {
  const violations: Violation[] = [];
  for (const [number, all] of Map.groupBy(executions, ({ attempt }) => attempt)) {
    if (all.length > 1)
      violations.push({ damage: 'numbers', id, text: `attempt ${number} was executed ${all.length} times` });
    if (!attempts.some((attempt) => attempt.number === number)) {
      violations.push({ damage: 'numbers', id, text: `attempt ${number} was executed and is not in the history` });
    }
  }
  return violations;
};

/** What a runner said to be recorded is, as it said, and was said once. */
const acknowledged = ({ id, row, attempts, acknowledged: said }: Case, { reset }: History): Violation[] => {
  const violations: Violation[] = [];
  for (const [number, all] of Map.groupBy(said, ({ attempt }) => attempt)) {
    const recorded = attempts.find((attempt) => attempt.number === number);
    for (const { event, runner } of all) {
      if (recorded?.outcome !== event) {
        const now = recorded ? `is recorded as ${recorded.outcome}` : 'is not in the history';
        violations.push({
          damage: 'lost',
          id,
          text: `${runner} acknowledged attempt ${number} as ${event}, which ${now}`,
        });
      }
    }
    if (all.length > 1) {
      violations.push({ damage: 'double', id, text: `attempt ${number} was acknowledged ${all.length} times` });
    }
  }
  if (reset.has(id)) return violations;
  const done = new Set(said.filter(({ event }) => event === 'done').map(({ attempt }) => attempt));
  if (done.size > 1)
    violations.push({ damage: 'double', id, text: `attempts ${[...done].join(', ')} were acknowledged as done` });
  for (const number of done) {
    if (row?.status === 'done' && row.attempt === number) continue;
    violations.push({
      damage: 'lost',
      id,
      text: `attempt ${number} was acknowledged as done, but it is ${row?.status} with the results of attempt ${row?.attempt}`,
    });
  }
  return violations;
};

/**
 * The attempt that a row shows: the last; of one that is paused the one that paused it, whatever was lost or released
 * after it was resumed.
 */
const shown = (status: string | undefined, attempts: readonly FinalAttempt[]): FinalAttempt | undefined => {
  const last = attempts.at(-1);
  const undone = status === 'paused' && (last?.outcome === 'lost' || last?.outcome === 'released');
  return undone ? attempts.findLast(({ outcome }) => outcome === 'paused') : last;
};

/** Its status is what its last attempt ended as, and it ended once. */
const ending = ({ id, row, attempts }: Case, { maxAttempts, reset }: History): Violation[] => {
  const violations: Violation[] = [];
  const standing = attempts.filter(({ superseded }) => !superseded);
  if (standing.length < attempts.length && !reset.has(id)) {
    violations.push({ damage: 'lost', id, text: 'attempts are superseded, and nobody reset it' });
  }
  const done = standing.filter(({ outcome }) => outcome === 'done');
  if (done.length > 1) violations.push({ damage: 'double', id, text: `${done.length} attempts are recorded as done` });
  const last = shown(row?.status, standing);
  if (row === undefined || !['done', 'error', 'paused'].includes(row.status)) return violations;
  const losses = standing.filter(({ outcome }) => outcome === 'lost').length;
  const means = new Map([
    ['done', 'done'],
    ['error', 'error'],
    ['timeout', 'error'],
    ['paused', 'paused'],
  ]);
  const expected = last?.outcome === 'lost' && losses >= maxAttempts ? 'error' : means.get(last?.outcome ?? '');
  if (row.status !== expected) {
    violations.push({
      damage: 'mixed',
      id,
      text: `it is ${row.status}, and its last attempt ${last?.outcome ?? 'does not exist'}`,
    });
  }
  return violations;
};

/** Results and log rows are those of one attempt: the last, of one that is done the whole of it. */
const results = ({ id, row, attempts, executions, steps }: Case, history: History): Violation[] => {
  if (row === undefined) return [];
  const mixed = (text: string): Violation => ({ damage: 'mixed', id, text });
  const violations: Violation[] = [];
  const last = shown(row.status, attempts);
  const execution = executions.findLast(({ attempt }) => attempt === last?.number);
  const own = execution?.token ?? null;
  for (const [name, token] of [
    ['token', row.token],
    ['half', row.half],
  ] as const) {
    if (token !== null && token !== own) violations.push(mixed(`${name} is ${token}, its last attempt's is ${own}`));
  }
  if (row.attempt !== null && row.attempt !== last?.number) {
    violations.push(mixed(`the results are those of attempt ${row.attempt}, the last one is ${last?.number}`));
  }
  if (row.status === 'done') {
    if (row.token === null || row.half === null || row.attempt === null) violations.push(mixed('results are missing'));
    if (execution?.returns !== 'done') violations.push(mixed(`its attempt ${last?.number} never returned`));
  } else if (row.token !== null || row.attempt !== null) {
    violations.push(mixed(`it is ${row.status} and has the results of one that is done`));
  }
  const foreign = steps.filter(({ token }) => token !== own).length;
  if (foreign > 0) violations.push(mixed(`${foreign} log rows are not its last attempt's`));
  const seen = steps.map(({ step }) => step).toSorted((a, b) => a - b);
  if (new Set(seen).size < seen.length) violations.push(mixed(`log rows are there twice: ${seen.join(', ')}`));
  const whole = last?.outcome !== 'lost' && execution?.returns;
  if (whole && seen.length < history.steps)
    violations.push(mixed(`of ${history.steps} log rows there are only ${seen.join(', ')}`));
  return violations;
};

/** On a busy machine a shorter lease may run out under a runner that is well. */
const GENEROUS_SECONDS = 3;

/**
 * Attempts lost by runners that were neither killed nor stopped, where nothing stood between them and the database. To
 * be recovered by mistake does no damage, the fence sees to that; but it is not to happen.
 */
export const reapedAlive = ({ tables, deeds, outages, leaseSeconds }: History): readonly FinalAttempt[] => {
  if (outages) return [];
  const runners = new Map(tables.runners.map((runner) => [runner.id, runner]));
  const harms = Map.groupBy(deeds, ({ pid }) => pid);
  const harmed = ({ runnerId, endedAt }: FinalAttempt): boolean => {
    const own = harms.get(runners.get(runnerId)?.pid ?? 0) ?? [];
    const last = own.findLast(({ date }) => date <= endedAt + TICK);
    // one that goes on again is well as soon as it has had the time to say so
    return last !== undefined && (last.text !== 'SIGCONT' || endedAt - last.date < leaseSeconds * 1_000);
  };
  return tables.attempts.filter((attempt) => attempt.outcome === 'lost' && !harmed(attempt));
};

const takenFromTheLiving = (history: History): Violation[] =>
  history.leaseSeconds < GENEROUS_SECONDS
    ? []
    : reapedAlive(history).map(({ id, number, runnerId }) => ({
        damage: 'overlap',
        id,
        text: `attempt ${number} was taken from runner ${runnerId}, which nobody had harmed`,
      }));

/** An execution begins after the one before has ended, or after that one's lease was taken away. */
const overlaps = ({ id, attempts, executions }: Case, { processes }: History): Violation[] =>
  executions.flatMap((next, index): Violation[] => {
    const before = executions[index - 1];
    if (before === undefined) return [];
    const death = processes.find(({ pid, endedAt }) => pid === before.pid && endedAt >= before.begin)?.endedAt;
    if ((before.end ?? death ?? Number.POSITIVE_INFINITY) <= next.begin) return [];
    const recorded = attempts.find(({ number }) => number === before.attempt);
    // one that was stopped writes no end
    const taken = recorded?.outcome === 'lost' || before.end === null;
    if (taken && recorded !== undefined && recorded.endedAt <= next.beganAt + TICK) return [];
    const text = `attempt ${next.attempt} began while attempt ${before.attempt}, ${recorded?.outcome ?? 'unrecorded'}, was under way`;
    return [{ damage: 'overlap', id, text }];
  });

/** Leases are taken from the dead only, after they have expired, by the database's own clock, if that did not jump. */
const takenTooSoon = ({ id, attempts }: Case, { tables, clockJumps }: History): Violation[] =>
  attempts
    .filter(({ outcome }) => outcome === 'lost')
    .flatMap(({ number, runnerId, endedAt }): Violation[] => {
      const runner = tables.runners.find((one) => one.id === runnerId);
      const expired = clockJumps || (runner && runner.expiresAt <= endedAt + TICK);
      if (runner && ['dead', 'gone'].includes(runner.state) && expired) return [];
      const until = runner
        ? `${runner.expiresAt - endedAt} ms before its lease expired, of a runner that is ${runner.state}`
        : 'of a runner nobody knows';
      return [{ damage: 'overlap', id, text: `attempt ${number} was taken ${until}` }];
    });
