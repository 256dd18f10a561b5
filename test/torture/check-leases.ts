import type { FinalAttempt, History } from './history.ts';
import type { Case, Violation } from './violation.ts';

/** Clocks are read to the millisecond. */
const TICK = 1;

/** On a busy machine a shorter lease may run out under a runner that is well. */
const GENEROUS_SECONDS = 3;

/**
 * Attempts lost by runners that were neither killed nor stopped, where nothing stood between them and the database. To
 * be recovered by mistake does no damage, the fence sees to that; but it is not to happen.
 */
export const reapedAlive = ({ tables, deeds, outages, leaseSeconds }: History): readonly FinalAttempt[] => {
  if (outages) return [];
  const runners = new Map(tables.runners.map((runner) => [runner.id, runner]));
  const harms = Map.groupBy(
    deeds.filter(({ harmless }) => harmless !== true),
    ({ pid }) => pid,
  );
  const harmed = ({ runnerId, endedAt }: FinalAttempt): boolean => {
    const own = harms.get(runners.get(runnerId)?.pid ?? 0) ?? [];
    const last = own.findLast(({ date }) => date <= endedAt + TICK);
    // one that goes on again is well as soon as it has had the time to say so
    return last !== undefined && (last.text !== 'SIGCONT' || endedAt - last.date < leaseSeconds * 1_000);
  };
  return tables.attempts.filter((attempt) => attempt.outcome === 'lost' && !harmed(attempt));
};

export const takenFromTheLiving = (history: History): Violation[] =>
  history.leaseSeconds < GENEROUS_SECONDS
    ? []
    : reapedAlive(history).map(({ id, number, runnerId }) => ({
        damage: 'overlap',
        id,
        text: `attempt ${number} was taken from runner ${runnerId}, which nobody had harmed`,
      }));

/** An execution begins after the one before has ended, or after that one's lease was taken away. */
export const overlaps = ({ id, attempts, executions }: Case, { processes }: History): Violation[] =>
  executions.flatMap((next, index): Violation[] => {
    const before = executions[index - 1];
    if (before === undefined) return [];
    const death = processes.find(({ pid, endedAt }) => pid === before.pid && endedAt >= before.begin)?.endedAt;
    if ((before.end ?? death ?? Number.POSITIVE_INFINITY) <= next.begin) return [];
    if (death !== undefined && death <= next.begin) {
      const text = `attempt ${next.attempt} began while attempt ${before.attempt} was still executed, its runner dead`;
      return [{ damage: 'overlap', id, text }];
    }
    const recorded = attempts.find(({ number }) => number === before.attempt);
    // one that was stopped writes no end
    const taken = recorded?.outcome === 'lost' || before.end === null;
    if (taken && recorded !== undefined && recorded.endedAt <= next.beganAt + TICK) return [];
    const text = `attempt ${next.attempt} began while attempt ${before.attempt}, ${recorded?.outcome ?? 'unrecorded'}, was under way`;
    return [{ damage: 'overlap', id, text }];
  });

/** Leases are taken from the dead only, after they have expired, by the database's own clock, if that did not jump. */
export const takenTooSoon = ({ id, attempts }: Case, { tables, clockJumps }: History): Violation[] =>
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
