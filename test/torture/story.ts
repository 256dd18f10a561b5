import type { History } from './history.ts';

const date = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(11, 23);

/** Everything that is known of one experiment, in the order of time. */
export const storyOf = (id: number, history: History): string => {
  const { tables } = history;
  const executions = history.executions.filter((one) => one.id === id);
  const attempts = tables.attempts.filter((one) => one.id === id);
  const lease = tables.leases.find((one) => one.id === id);
  const holders = new Set([...attempts, ...(lease ? [lease] : [])].map(({ runnerId }) => runnerId));
  const pids = new Set([
    ...executions.map(({ pid }) => pid),
    ...tables.runners.filter((one) => holders.has(one.id)).map(({ pid }) => pid),
  ]);
  const nameOf = (runnerId: string): string => {
    const runner = tables.runners.find((one) => one.id === runnerId);
    return `runner ${runnerId}, pid ${runner?.pid}, ${runner?.state}, expires ${runner ? date(runner.expiresAt) : '?'}`;
  };
  const dates = [...executions.map(({ beganAt }) => beganAt), ...attempts.map(({ endedAt }) => endedAt)];
  // what was done to it matters for as long as a lease lasts, or two
  const from = dates.length > 0 ? Math.min(...dates) - 2_000 * history.leaseSeconds : Number.NEGATIVE_INFINITY;
  const to = dates.length > 0 ? Math.max(...dates) + 1_000 : Number.POSITIVE_INFINITY;
  const lines = [
    ...executions.flatMap(({ attempt, token, pid, begin, end, beganAt, returns }) => [
      { at: beganAt, text: `pid ${pid} begins attempt ${attempt}, token ${token}` },
      ...(end === null ? [] : [{ at: beganAt + end - begin, text: `pid ${pid} ends attempt ${attempt}: ${returns}` }]),
    ]),
    ...history.acknowledged
      .filter((one) => one.id === id)
      .map(({ runner, event, attempt }) => {
        const end = attempts.find(({ number }) => number === attempt)?.endedAt ?? to;
        return { at: end, text: `runner ${runner} acknowledges attempt ${attempt}: ${event} (some time after)` };
      }),
    ...attempts.map(({ number, outcome, endedAt, runnerId, superseded }) => ({
      at: endedAt,
      text: `attempt ${number} is recorded: ${outcome}${superseded ? ', superseded' : ''} (${nameOf(runnerId)})`,
    })),
    ...history.deeds
      .filter(({ date: at, pid }) => (pid === null ? dates.length > 0 : pids.has(pid)) && at > from && at < to)
      .map(({ date: at, text, pid }) => ({ at, text: `nemesis: ${text}${pid === null ? '' : ` pid ${pid}`}` })),
  ].toSorted((a, b) => a.at - b.at);
  const row = tables.experiments.find((one) => one.id === id);
  return [
    `experiment ${id}:`,
    ...lines.map(({ at, text }) => `  ${date(at)} ${text}`),
    `  at the end: ${JSON.stringify(row ?? 'no row')}, log rows ${JSON.stringify([...tables.steps, ...tables.lateSteps].filter((one) => one.id === id))}`,
    ...(lease ? [`  and the lease of attempt ${lease.number} (${nameOf(lease.runnerId)})`] : []),
  ].join('\n');
};
