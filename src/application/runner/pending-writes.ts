import type { AttemptRef } from '../../domain/experiment/attempt.ts';
import type { AttemptWrite, RecordOutcome } from '../../domain/repository/runner-protocol.ts';
import { rowWeight } from '../../domain/values/estimated-size.ts';
import { newId } from '../ports/new-id.ts';

/** What one attempt has said since the last commit. It grows in place, because an experiment may log many rows. */
type Draft = Mutable<Omit<AttemptWrite, 'logs'>> & { logs?: LogEntry[] };
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type LogEntry = NonNullable<AttemptWrite['logs']>[number];

/** Attempts in one commit. */
export const LARGEST_COMMIT = 2_048;

/** What attempts have said and the database does not have yet, one write for each attempt. */
export class PendingWrites {
  #drafts = new Map<string, Draft>();
  /** Why the database refused a value of a running attempt: the attempt ends as an error with this reason. */
  readonly #refused = new Map<string, string>();
  #weight = 0;

  /** Attempts that have something to write. */
  get size(): number {
    return this.#drafts.size;
  }

  /** Approximate size of log rows and results, in characters, with those of the commit under way. */
  get weight(): number {
    return this.#weight;
  }

  add(write: AttemptWrite): void {
    this.#weight += weightOf(write);
    const draft = this.#drafts.get(write.attemptId);
    if (draft === undefined) {
      const { logs, ...rest } = write;
      this.#drafts.set(write.attemptId, logs ? { ...rest, logs: [...logs] } : rest);
      return;
    }
    if (write.results) draft.results = { ...draft.results, ...write.results };
    if (write.logs) (draft.logs ??= []).push(...write.logs);
    if (write.progress !== undefined) draft.progress = write.progress;
    if (write.end) draft.end = write.end;
  }

  /** Takes out what the next commit writes. */
  take(): readonly AttemptWrite[] {
    const writes: AttemptWrite[] = [];
    for (const [attemptId, write] of this.#drafts) {
      if (writes.length === LARGEST_COMMIT) break;
      this.#drafts.delete(attemptId);
      const reason = this.#refused.get(attemptId);
      if (write.logs) write.logsId = newId();
      writes.push(reason !== undefined && write.end ? asError(write, reason) : write);
      if (write.end) this.#refused.delete(attemptId);
    }
    return writes;
  }

  /** Puts back what was not recorded, before what was added since. */
  putBack(writes: readonly AttemptWrite[]): void {
    const since = this.#drafts;
    this.#drafts = new Map();
    this.#weight = 0;
    for (const write of [...writes, ...since.values()]) this.add(write);
  }

  /**
   * The database has answered these writes. Returns the attempts whose outcome is recorded and those whose lease is lost.
   * An outcome with a refused value is pending again, as an error.
   */
  answered(
    writes: readonly AttemptWrite[],
    outcome: RecordOutcome,
  ): { readonly recorded: readonly AttemptWrite[]; readonly lost: readonly AttemptRef[] } {
    this.#weight = [...this.#drafts.values()].reduce((sum, write) => sum + weightOf(write), 0);
    const lostIds = new Set(outcome.lost);
    const refused = new Map(outcome.refused.map(({ attemptId, reason }) => [attemptId, reason]));
    const recorded: AttemptWrite[] = [];
    const lost: AttemptRef[] = [];
    for (const write of writes) {
      const reason = refused.get(write.attemptId);
      if (lostIds.has(write.attemptId)) lost.push(write);
      else if (reason !== undefined && write.end) this.add(asError(write, reason));
      else if (reason !== undefined) this.#refused.set(write.attemptId, reason);
      else if (write.end) recorded.push(write);
    }
    return { recorded, lost };
  }
}

const weightOf = ({ results, logs }: AttemptWrite): number => {
  let weight = results ? rowWeight(results) : 0;
  for (const { row } of logs ?? []) weight += rowWeight(row);
  return weight;
};

/**
 * The same outcome without what the database refused: the results and log rows, or what the attempt consumed if it has
 * neither.
 */
const asError = ({ experimentId, attemptId, results, logs, end }: AttemptWrite, reason: string): AttemptWrite => {
  if (!end) return { experimentId, attemptId };
  const { emissions, ...rest } = end;
  const more = emissions && (results || logs) ? { emissions } : {};
  return { experimentId, attemptId, end: { ...rest, outcome: 'error', status: 'error', error: reason, ...more } };
};
