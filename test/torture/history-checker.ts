import { overlaps, takenFromTheLiving, takenTooSoon } from './check-leases.ts';
import { crash } from './check-runners.ts';
import type { FinalAttempt, History } from './history.ts';
import type { Case, Violation } from './violation.ts';

/** Every violation of the promise that the history shows; none is what is hoped for. Knows nothing but the history. */
export const checkHistory = (history: History): readonly Violation[] => [
  ...history.tables.gone.map((table): Violation => ({
    damage: 'tableGone',
    id: null,
    text: `table ${table} was dropped, or dropped and made again`,
  })),
  ...history.unfounded.map(({ runner, event, id, attempt }): Violation => ({
    damage: 'lost',
    id,
    text: `${runner} acknowledged attempt ${attempt} as ${event} long after its file was gone`,
  })),
  ...rows(history),
  ...history.processes.flatMap((process) => crash(process, history)),
  ...cases(history).flatMap((one) => [
    ...stuck(one),
    ...numbers(one),
    ...traces(one),
    ...acknowledged(one, history),
    ...ending(one, history),
    ...results(one, history),
    ...blamed(one),
    ...overlaps(one, history),
    ...takenTooSoon(one, history),
  ]),
  ...takenFromTheLiving(history),
];

const cases = ({ tables, executions, acknowledged }: History): readonly Case[] => {
  const by = <Item extends { readonly id: number }>(items: readonly Item[]) => Map.groupBy(items, ({ id }) => id);
  const [experiments, attempts, runs, said, steps, lateSteps] = [
    by(tables.experiments),
    by(tables.attempts),
    by(executions),
    by(acknowledged),
    by(tables.steps),
    by(tables.lateSteps),
  ];
  const ids = new Set([experiments, attempts, runs, said, steps, lateSteps].flatMap((map) => [...map.keys()]));
  return [...ids]
    .sort((a, b) => a - b)
    .map((id) => ({
      id,
      row: experiments.get(id)?.[0],
      attempts: (attempts.get(id) ?? []).toSorted((a, b) => a.number - b.number),
      executions: (runs.get(id) ?? []).toSorted((a, b) => a.attempt - b.attempt),
      acknowledged: said.get(id) ?? [],
      steps: steps.get(id) ?? [],
      lateSteps: lateSteps.get(id) ?? [],
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

/** An experiment fails by its own code only: whatever ends its runner, or is done to it, is not its error. */
const blamed = ({ id, row, attempts, executions }: Case): Violation[] =>
  attempts
    .filter(({ outcome }) => outcome === 'error' || outcome === 'timeout')
    .flatMap(({ number, outcome }): Violation[] => {
      const returns = executions.findLast(({ attempt }) => attempt === number)?.returns;
      if (returns === 'error') return [];
      const own = returns ? `its own code returned ${returns}` : 'its own code did not come to an end';
      const error = number === attempts.at(-1)?.number && row?.error ? `: ${row.error.split('\n')[0]}` : '';
      return [{ damage: 'falseError', id, text: `attempt ${number} is recorded as ${outcome}, and ${own}${error}` }];
    });

/** Results and log rows are those of one attempt: the last, of one that is done the whole of it. */
const results = ({ id, row, attempts, executions, steps, lateSteps }: Case, history: History): Violation[] => {
  if (row === undefined) return [];
  const mixed = (text: string): Violation => ({ damage: 'mixed', id, text });
  const violations: Violation[] = [];
  const last = shown(row.status, attempts);
  const execution = executions.findLast(({ attempt }) => attempt === last?.number);
  const own = execution?.token ?? null;
  for (const [name, token] of [
    ['token', row.token],
    ['half', row.half],
    ['late', row.late],
  ] as const) {
    if (token !== null && token !== own) violations.push(mixed(`${name} is ${token}, its last attempt's is ${own}`));
  }
  if (row.attempt !== null && row.attempt !== last?.number) {
    violations.push(mixed(`the results are those of attempt ${row.attempt}, the last one is ${last?.number}`));
  }
  if (row.status === 'done') {
    if (row.token === null || row.half === null || row.attempt === null) violations.push(mixed('results are missing'));
    if (execution?.late === true && row.late === null)
      violations.push(mixed('the result of the field that came later is missing'));
    if (execution?.returns !== 'done') violations.push(mixed(`its attempt ${last?.number} never returned`));
  } else if (row.token !== null || row.attempt !== null) {
    violations.push(mixed(`it is ${row.status} and has the results of one that is done`));
  }
  const whole = last?.outcome !== 'lost' && execution?.returns;
  for (const [rows, expected] of [
    [steps, true],
    [lateSteps, execution?.late === true],
  ] as const) {
    const foreign = rows.filter(({ token }) => token !== own).length;
    if (foreign > 0) violations.push(mixed(`${foreign} log rows are not its last attempt's`));
    const seen = rows.map(({ step }) => step).toSorted((a, b) => a - b);
    if (new Set(seen).size < seen.length) violations.push(mixed(`log rows are there twice: ${seen.join(', ')}`));
    if (whole && expected && seen.length < history.steps)
      violations.push(mixed(`of ${history.steps} log rows there are only ${seen.join(', ')}`));
  }
  return violations;
};
