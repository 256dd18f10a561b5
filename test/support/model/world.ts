import { newId } from '../../../src/application/ports/new-id.ts';
import assert from 'node:assert/strict';
import type { AttemptRef } from '../../../src/domain/experiment/attempt.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import { type Answer, type Call, make } from './calls.ts';
import { InjectedFault } from './faults.ts';
import { Ledger } from './invariants.ts';
import { assertSame, foreignClaim, foreignEnd, type Learnt, Model, TOO_BIG } from './model.ts';
import type { CallStep, Part, Step } from './steps.ts';
import type { System } from './systems.ts';
import { ENDED, look, type RowView, STARTED, type View } from './view.ts';

interface Ticket extends AttemptRef {
  readonly runnerId: string;
}

const statusOf = { done: 'done', error: 'error', timeout: 'error', paused: 'paused' } as const;

/** These consist of several transactions: broken in the middle they are called again, and only then is it looked. */
const inParts = new Set(['reap', 'reset']);

/** A system and the model of it, step by step side by side. */
export class World {
  model = new Model();
  readonly #system: System;
  readonly #ledger = new Ledger();
  readonly #runners: string[] = [];
  readonly #crashed = new Set<string>();
  /** Every attempt that anybody may still speak for, ended and lost ones too. */
  #tickets: Ticket[] = [];
  readonly #met = new Set<string>();
  /** The attempts that have written anything, or tried to. */
  readonly #reported = new Set<string>();
  readonly #ids = new Set<number>();
  readonly #calls: Call[] = [];
  #tokens = 0;
  #turn = 0;

  private constructor(system: System) {
    this.#system = system;
  }

  /** Three experiments and two runners: every story needs some. */
  static async begin(system: System): Promise<World> {
    await system.renew();
    const world = new World(system);
    await world.#call({ method: 'fill', seeds: [1, 2, 3] });
    await world.step({ do: 'register' });
    await world.step({ do: 'register' });
    return world;
  }

  /** Whether there is anything that the step could be about. */
  applies(step: Step): boolean {
    switch (step.do) {
      case 'both':
        return this.applies(step.one) && this.applies(step.other);
      case 'fault':
        return this.applies(step.call);
      case 'record':
        return this.#tickets.length > 0;
      case 'release':
        return this.#tickets.length > 0;
      case 'foreignClaim':
        return this.#row(step.row, isOpen) !== undefined;
      case 'foreignEnd':
        return this.#row(step.row, isForeign) !== undefined;
      case 'claimOnly':
        return this.#row(0, ({ status }) => status === step.status) !== undefined;
      case 'resume':
        return this.#held() !== undefined;
      case 'byHand':
      case 'vanish':
        return this.#row(step.row) !== undefined;
      case 'reset':
        return step.row === undefined || this.#row(step.row) !== undefined;
      default:
        return true;
    }
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case 'both':
        await this.#both(this.#resolve(step.one), this.#resolve(step.other));
        break;
      case 'fault':
        await this.#fault(this.#resolve(step.call), step.at);
        break;
      case 'expire':
      case 'lose':
      case 'die':
        await this.#system.expire(this.#runner(step.runner));
        this.model.expire(this.#runner(step.runner));
        if (step.do === 'expire') break;
        await this.#call(this.#resolve({ ...step, do: 'declareDead', stale: false, ignoreExpiry: false }));
        if (step.do === 'lose') await this.#call({ method: 'reap' });
        break;
      case 'resume':
        await this.#resume(step.runner, step.retried);
        break;
      case 'elapse':
        await this.#system.elapse(step.seconds);
        this.model.time += step.seconds;
        break;
      case 'crash':
        this.#crashed.add(this.#runner(step.runner));
        this.#tickets = this.#tickets.filter(({ runnerId }) => !this.#crashed.has(runnerId));
        break;
      case 'forget':
        await this.#system.forget(this.#runner(step.runner));
        this.model.runners.delete(this.#runner(step.runner));
        this.#ledger.forget(this.#runner(step.runner));
        break;
      case 'foreignClaim':
        await this.#overwrite(this.#row(step.row, isOpen), foreignClaim);
        break;
      case 'foreignEnd':
        await this.#overwrite(this.#row(step.row, isForeign), foreignEnd(step.status));
        break;
      case 'byHand':
        await this.#overwrite(this.#row(step.row), { status: step.status });
        break;
      case 'vanish': {
        const row = this.#row(step.row);
        if (!row) break;
        await this.#system.vanish(row.id);
        this.model.vanish(row.id);
        break;
      }
      default:
        await this.#call(this.#resolve(step));
    }
    await this.#look();
  }

  // --- one call, two at once, one that breaks

  async #call(call: Call, answerMatters = true): Promise<void> {
    this.#turn += 1;
    const connection = this.#system.connections[this.#turn % 2];
    assert.ok(connection);
    const answer = await make(call, connection);
    this.#follow(call, answerMatters ? answer : undefined, await this.#learn(call));
  }

  async #resume(runner: number, retried: boolean): Promise<void> {
    const held = this.#held();
    if (!held) return;
    const { experimentId, attemptId } = held;
    await this.#call({ method: 'record', writes: [{ experimentId, attemptId, end: endOf('paused', false) }] });
    const only = { ids: [experimentId], status: 'paused' } as const;
    await this.#call({ method: 'claim', request: { runnerId: this.#claimer(runner), count: 1, only } });
    const resumed = this.model.leases.get(experimentId)?.attemptId;
    if (!retried || resumed === undefined) return;
    await this.#call({ method: 'record', writes: [{ experimentId, attemptId: resumed, end: endOf('error', true) }] });
  }

  /** Whatever happens inside, it must look as if one had come after the other. */
  async #both(one: Call, other: Call): Promise<void> {
    const [first, second] = this.#system.connections;
    // what one throws must not leave the other running
    const settled = await Promise.allSettled([make(one, first), make(other, second)]);
    const answers = settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
    const learnt = await this.#learn();
    const view = await this.#view();
    const [[a, b], [c, d]] = [[one, other] as const, answers as [Answer, Answer]];
    const before = this.model;
    const orders: readonly (readonly (readonly [Call, Answer, Learnt])[])[] = [
      [[a, c, learnt], [b, d, learnt]],
      [[b, d, learnt], [a, c, learnt]],
      // recover and reset look first: the other call may have come between the look and the deed
      ...(inParts.has(b.method) ? [[[a, c, learnt], [b, d, { ...learnt, before }]] as const] : []),
      ...(inParts.has(a.method) ? [[[b, d, learnt], [a, c, { ...learnt, before }]] as const] : []),
    ]; // prettier-ignore
    const failures: unknown[] = [];
    for (const order of orders) {
      const model = this.model.clone();
      try {
        for (const [call, answer, known] of order) model.follow(call, answer, known);
        assertSame(view, model.view(), 'both');
      } catch (error) {
        failures.push(error);
        continue;
      }
      this.model = model;
      for (const [call, answer] of order) this.#remember(call, answer);
      return;
    }
    const told = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
    throw new Error(`at once, in no order: ${one.method} first: ${told[0]}\n${other.method} first: ${told[1]}`);
  }

  async #fault(call: Call, at: number | 'commit'): Promise<void> {
    const { faults, connections } = this.#system;
    if (!faults) return;
    // a batch with a refused value is made again in halves, each of them a commit
    const halved = call.method === 'record' && call.writes.some(({ results }) => results?.['size'] !== undefined);
    if (halved) return this.#call(call);
    const leased = new Set(this.model.leases.keys());
    faults.arm(at);
    let answer: Answer | undefined;
    try {
      answer = await make(call, connections[0]);
    } catch (error) {
      if (!(error instanceof InjectedFault)) throw error;
    }
    const broken = faults.disarm();
    if (!broken) {
      this.#follow(call, answer, await this.#learn(call));
    } else if (inParts.has(call.method)) {
      await this.#call(call, false);
    } else if (at === 'commit') {
      this.#follow(call, undefined, await this.#learn(call, leased));
      await this.#look();
      const repeatable = ['fill', 'register', 'record', 'release', 'drain', 'deregister'].includes(call.method);
      if (repeatable) await this.#call(call);
    } else {
      await this.#look();
      await this.#call(call);
    }
  }

  #follow(call: Call, answer: Answer | undefined, learnt: Learnt): void {
    this.#remember(call, answer);
    this.model.follow(call, answer, learnt);
  }

  #remember(call: Call, answer: Answer | undefined): void {
    this.#ledger.answered(call, answer);
    this.#calls.push(call);
  }

  /** Reads what the model cannot foretell: new ids, and what a claim without answer has taken. */
  async #learn(call?: Call, leasedBefore?: ReadonlySet<number>): Promise<Learnt> {
    const { observer, exactOrder } = this.#system;
    const ids = new Map<number, number>();
    if (call === undefined || call.method === 'fill' || call.method === 'addAndClaim') {
      for await (const { id, keyfields } of observer.list()) ids.set(Number(keyfields['seed']), id);
    }
    const learnt: Learnt = { idOf: (seed) => ids.get(seed), exactOrder, atOnce: call === undefined };
    if (!leasedBefore || (call?.method !== 'claim' && call?.method !== 'addAndClaim')) return learnt;
    const claimed: Claimed[] = [];
    for (const { experimentId, attemptId, number } of await observer.leases()) {
      if (leasedBefore.has(experimentId)) continue;
      const row = await observer.find(experimentId);
      claimed.push({ experimentId, attemptId, number, keyfields: row?.keyfields ?? {} });
    }
    return { ...learnt, claimed };
  }

  // --- looking

  async #view(): Promise<View> {
    for (const id of this.model.rows.keys()) this.#ids.add(id);
    return look(this.#system.observer, this.#ids);
  }

  async #look(): Promise<void> {
    const view = await this.#view();
    this.#ledger.check(view, this.model);
    this.#system.inspect?.();
    const expected = this.model.view();
    for (const part of Object.keys(expected) as (keyof View)[])
      assertSame(view[part], expected[part], `the ${part} are as the model says`);
    for (const { experimentId, attemptId, runnerId } of this.model.leases.values()) {
      if (this.#met.has(attemptId)) continue;
      this.#met.add(attemptId);
      if (!this.#crashed.has(runnerId)) this.#tickets.push({ experimentId, attemptId, runnerId });
    }
  }

  // --- from indexes to things

  #resolve(step: CallStep): Call {
    switch (step.do) {
      case 'fill':
        return { method: 'fill', seeds: step.seeds };
      case 'register': {
        const id = step.again === undefined ? newId() : this.#runner(step.again);
        const number = step.again === undefined ? this.#runners.push(id) : this.#runners.indexOf(id) + 1;
        const runner = { id, name: `name ${number}`, host: `host ${number}`, pid: number, workers: 1, version: '1' };
        return { method: 'register', runner };
      }
      case 'claim': {
        const order = step.random ? 'random' : 'id';
        const request = { runnerId: this.#claimer(step.runner), count: step.count, order } as const;
        return { method: 'claim', request: { ...request, ...mostLosses(step.maxLosses) } };
      }
      case 'claimOnly': {
        const wanted = [...this.model.rows.values()].filter(({ status }) => status === step.status);
        const all = (wanted.length > 0 && !step.any ? wanted : [...this.model.rows.values()]).map(({ id }) => id);
        const ids = step.rows.flatMap((at) => all[at % all.length] ?? []);
        const request = { runnerId: this.#claimer(step.runner), count: 2, only: { ids, status: step.status } };
        return { method: 'claim', request: { ...request, ...mostLosses(step.maxLosses) } };
      }
      case 'addAndClaim':
        return { method: 'addAndClaim', runnerId: this.#claimer(step.runner), seed: step.seed };
      case 'record':
        return { method: 'record', writes: this.#writes(step.parts, step.twice) };
      case 'heartbeat':
        return { method: 'heartbeat', runnerId: this.#runner(step.runner) };
      case 'declareDead': {
        const runnerId = this.#runner(step.runner);
        const seen = this.model.runners.get(runnerId)?.heartbeats ?? 0;
        const { ignoreExpiry } = step;
        return { method: 'declareDead', runnerId, heartbeats: step.stale ? seen - 1 : seen, ignoreExpiry };
      }
      case 'drain':
      case 'deregister':
        return { method: step.do, runnerId: this.#runner(step.runner) };
      case 'release':
        return {
          method: 'release',
          attempts: step.attempts.map(({ attempt, started }) => {
            const { experimentId, attemptId } = this.#ticket(attempt);
            // who has reported has started
            const begun = started || this.#reported.has(attemptId);
            return { experimentId, attemptId, ...(begun && { startedAt: STARTED }) };
          }),
        };
      case 'reap':
        return { method: 'reap' };
      case 'reset': {
        const id = step.row === undefined ? undefined : this.#row(step.row)?.id;
        const selection = {
          ...(step.statuses && { statuses: step.statuses }),
          ...(id !== undefined && { ids: [[id, id]] as [number, number][] }),
        };
        return { method: 'reset', selection };
      }
      case 'repeat':
        return this.#calls[this.#calls.length - 1 - (step.call % this.#calls.length)] ?? { method: 'reap' };
      default:
        return step satisfies never;
    }
  }

  /** One write for each attempt, the first of them in two if it shall say something twice. */
  #writes(parts: readonly Part[], twice: boolean): AttemptWrite[] {
    const writes = new Map<string, AttemptWrite>();
    for (const part of parts) {
      const { experimentId, attemptId } = this.#ticket(part.attempt);
      if (writes.has(attemptId)) continue;
      const token = this.#token();
      this.#reported.add(attemptId);
      writes.set(attemptId, {
        experimentId,
        attemptId,
        ...((part.results || part.bad) && {
          results: { first: token, second: token, ...(part.bad && { size: TOO_BIG }) },
        }),
        ...(part.logs > 0 && {
          logs: Array.from({ length: part.logs }, () => this.#log()),
          logsId: this.#token(),
        }),
        ...(part.progress && { progress: this.#token() }),
        ...(part.end && { end: endOf(part.end, part.retry) }),
      });
    }
    const all = [...writes.values()];
    const [first] = all;
    if (!twice || !first || first.results?.['size'] !== undefined) return all;
    const { experimentId, attemptId } = first;
    const token = this.#token();
    const results = { first: token, second: token };
    return [{ experimentId, attemptId, results, logs: [this.#log()], logsId: this.#token() }, ...all];
  }

  #log() {
    return { logtable: 'notes', row: { text: this.#token() }, date: new Date(STARTED) };
  }

  #token(): string {
    this.#tokens += 1;
    return String(this.#tokens); // JSON text too
  }

  #runner(index: number): string {
    return this.#runners.at(-1 - (index % this.#runners.length)) ?? '';
  }

  /** Mostly one that may. */
  #claimer(index: number): string {
    const active = this.#runners.filter((id) => this.model.runners.get(id)?.state === 'active');
    return index === 3 || active.length === 0 ? this.#runner(index) : (active.at(-1 - (index % active.length)) ?? '');
  }

  /** The newest attempt that may write. */
  #held(): Ticket | undefined {
    const { leases } = this.model;
    return this.#tickets.findLast(({ experimentId: id, attemptId }) => leases.get(id)?.attemptId === attemptId);
  }

  #ticket(index: number): Ticket {
    const held = index === 0 ? this.#held() : undefined;
    const ticket = held ?? this.#tickets.at(-1 - (index % this.#tickets.length));
    assert.ok(ticket);
    return ticket;
  }

  #row(index: number, which: (row: RowView) => boolean = () => true): RowView | undefined {
    const rows = [...this.model.rows.values()].filter(which);
    return rows[index % rows.length];
  }

  async #overwrite(row: RowView | undefined, columns: Record<string, string>): Promise<void> {
    if (!row) return;
    await this.#system.overwrite(row.id, columns);
    this.model.overwrite(row.id, columns);
  }
}

const isOpen = ({ status }: RowView): boolean => status === 'created';
const isForeign = ({ status, machine }: RowView): boolean => status === 'running' && machine === foreignClaim.machine;

const endOf = (outcome: AttemptEnd['outcome'], retry: boolean): AttemptEnd => ({
  outcome,
  status: statusOf[outcome],
  error: statusOf[outcome] === 'error' ? `${outcome} happened` : null,
  startedAt: STARTED,
  endedAt: ENDED,
  ...(retry && statusOf[outcome] === 'error' && { retryAs: newId() }),
});

const mostLosses = (maxLosses?: number) => (maxLosses === undefined ? {} : { maxLosses });
