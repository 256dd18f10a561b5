import assert from 'node:assert/strict';
import type { AttemptWrite } from '../../../src/domain/repository/runner-protocol.ts';
import { type Answer, type Call, MAX_ATTEMPTS } from './calls.ts';
import type { Model } from './model.ts';
import type { AttemptView, RowView, View } from './view.ts';

/**
 * What holds at every moment, said without the model's transitions: from what is to be seen, from what
 * was seen before, and from what the repository has answered.
 */
export class Ledger {
  /** The attempt that each token of results, logs and progress belongs to, once a write with it was accepted. */
  readonly #accepted = new Map<string, string>();
  readonly #rejected = new Set<string>();
  readonly #dead = new Set<string>();
  readonly #seeds = new Map<number, number>();
  #attempts: View['attempts'] = new Map();
  /** The write that each attempt made last: only that one is recognised when it is made again. */
  readonly #last = new Map<string, AttemptWrite>();
  readonly #madeAgain = new Set<string>();

  /** Who was declared dead never rises, claims or beats. */
  answered(call: Call, answer: Answer | undefined): void {
    if (call.method === 'record') this.#wrote(call.writes, answer);
    if (!answer || 'code' in answer) return;
    if (call.method === 'declareDead' && answer.value === true) this.#dead.add(call.runnerId);
    const dead = 'runnerId' in call ? call.runnerId : call.method === 'claim' ? call.request.runnerId : undefined;
    if (dead === undefined || !this.#dead.has(dead)) return;
    if (call.method === 'claim' || call.method === 'addAndClaim')
      assert.equal(answer.value, undefined, 'I9 the dead do not claim');
    if (call.method === 'heartbeat') assert.equal(answer.value, false, 'I9 the dead do not beat');
  }

  /** Somebody has deleted the runner's row: nobody knows any more that it was dead. */
  forget(runnerId: string): void {
    this.#dead.delete(runnerId);
  }

  #wrote(writes: readonly AttemptWrite[], answer: Answer | undefined): void {
    const outcome = answer && 'value' in answer ? answer.value : undefined;
    const first = new Map(writes.toReversed().map((write) => [write.attemptId, write]));
    for (const write of writes) {
      const last = this.#last.get(write.attemptId);
      if (last !== undefined && last !== first.get(write.attemptId))
        for (const token of tokensOf(write)) if (this.#accepted.has(token)) this.#madeAgain.add(token);
      const rejected =
        outcome !== undefined &&
        typeof outcome === 'object' &&
        'lost' in outcome &&
        (outcome.lost.includes(write.attemptId) ||
          outcome.refused.some(({ attemptId }) => attemptId === write.attemptId));
      for (const token of tokensOf(write)) {
        if (!rejected) this.#accepted.set(token, write.attemptId);
        // accepted, and lost when it was made again, is possible: what was accepted stays
        else if (!this.#accepted.has(token)) this.#rejected.add(token);
      }
    }
    for (const [attemptId, write] of first) this.#last.set(attemptId, write);
  }

  check(view: View, model: Model): void {
    const leases = new Map(view.leases.map((lease) => [lease.experimentId, lease]));
    assert.equal(leases.size, view.leases.length, 'I1 at most one lease an experiment');
    const total = Object.values(view.counts).reduce((sum, count) => sum + count, 0);
    assert.equal(total, view.rows.length, 'I8 counts add up');
    assert.equal(new Set(view.rows.map(({ seed }) => seed)).size, view.rows.length, 'I7 each combination once');
    for (const row of view.rows) {
      assert.equal(this.#seeds.get(row.id) ?? row.seed, row.seed, 'I7 keyfields never change');
      this.#seeds.set(row.id, row.seed);
      this.#checkRow(row, view, model);
    }
    for (const id of new Set([...view.attempts.keys(), ...this.#attempts.keys(), ...leases.keys()])) {
      const past = view.attempts.get(id) ?? [];
      const lease = leases.get(id);
      const numbers = [...past, ...(lease ? [lease] : [])].map(({ number }) => number);
      assert.deepEqual(numbers, numbers.map((_, index) => index + 1), 'I3 attempt numbers without gaps'); // prettier-ignore
      this.#checkHistory(past, this.#attempts.get(id) ?? []);
    }
    for (const token of [...view.logs.values()].flat()) this.#checkToken(token, undefined, 'I4 log row');
    const logged = [...view.logs.values()].flat().filter((token) => !this.#madeAgain.has(token));
    assert.equal(new Set(logged).size, logged.length, 'I12 no log row twice');
    for (const { progress, attemptId } of view.leases)
      if (progress !== null) this.#checkToken(progress, attemptId, 'I4 progress');
    const states = new Map(view.runners.map(({ id, state }) => [id, state]));
    for (const id of this.#dead) assert.ok((states.get(id) ?? 'dead') === 'dead', 'I9 the dead do not rise');
    this.#attempts = structuredClone(view.attempts);
  }

  #checkRow(row: RowView, view: View, model: Model): void {
    const { id, status, first, second } = row;
    const past = view.attempts.get(id) ?? [];
    const leased = view.leases.some(({ experimentId }) => experimentId === id);
    const standing = past.filter(({ outcome, superseded }) => outcome === 'done' && !superseded);
    const losses = past.filter(({ outcome, superseded }) => outcome === 'lost' && !superseded);
    assert.equal(first, second, 'I4 results of one attempt');
    if (first !== null) this.#checkToken(first, undefined, 'I4 result');
    assert.ok(standing.length <= 1, 'I5 at most one done that stands');
    if (!model.byHand.has(id)) {
      assert.equal(status === 'running', leased, 'I2 running means leased');
      assert.equal(status === 'done', standing.length === 1, 'I5 done means one done that stands');
      if (losses.length >= MAX_ATTEMPTS) assert.equal(status, 'error', 'I10 given up after so many losses');
    }
    const end = model.acknowledged.get(id);
    if (!end) return;
    const kept = past.some(({ attemptId, outcome, superseded }) =>
      attemptId === end.attemptId && outcome === end.outcome && !superseded); // prettier-ignore
    assert.ok(kept && first === end.token, 'I6 what was acknowledged is kept');
  }

  /** History is only added to, but for `superseded`. */
  #checkHistory(now: readonly AttemptView[], before: readonly AttemptView[]): void {
    for (const [index, old] of before.entries()) {
      const same = now[index];
      assert.ok(same && (same.superseded || !old.superseded), 'I11 history stays');
      assert.deepEqual({ ...same, superseded: old.superseded }, old, 'I11 history stays');
    }
  }

  #checkToken(token: string, attemptId: string | undefined, what: string): void {
    assert.ok(!this.#rejected.has(token) || this.#accepted.has(token), `${what} of a lost attempt leaves no trace`);
    const owner = this.#accepted.get(token);
    assert.ok(owner !== undefined, `${what} that nobody was told is written`);
    if (attemptId !== undefined) assert.equal(owner, attemptId, `${what} under another attempt`);
  }
}

const tokensOf = ({ results, logs = [], progress }: AttemptWrite): string[] =>
  [results?.['first'], ...logs.map(({ row }) => row['text']), progress].flatMap((token) =>
    token === undefined || token === null ? [] : [String(token)],
  );
