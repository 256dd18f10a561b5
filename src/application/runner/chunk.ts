import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { ChunkRun, Metering } from '../ports/ports.ts';

/** Why a chunk was told to stop: what its running execution then ends as. */
export type StopReason = 'timeout' | 'aborted' | 'lost';

/** The executions under way in one worker, as the orchestrator sees them. */
export class Chunk {
  readonly run: ChunkRun;
  readonly startedAt: Date;
  /** Where emissions are recorded. */
  readonly metering: Metering | undefined;
  stopping: StopReason | null = null;
  cancelTimer: () => void = () => {};
  /** Its worker should be dead by now and is not: what it ran is concluded, its place is not free. */
  stuck = false;
  #executions: readonly Claimed[];
  readonly #unfinished: Set<string>;

  constructor(executions: readonly Claimed[], run: ChunkRun, startedAt: Date, metering?: Metering) {
    this.#executions = executions;
    this.run = run;
    this.startedAt = startedAt;
    this.metering = metering;
    this.#unfinished = new Set(executions.map(({ attemptId }) => attemptId));
  }

  finish(attemptId: string): void {
    this.#unfinished.delete(attemptId);
  }

  holds(attemptId: string): boolean {
    return this.#unfinished.has(attemptId);
  }

  /** Takes back what has not been started. */
  takeBackUnstarted(): readonly Claimed[] {
    const started = this.run.takeBackUnstarted();
    const rest = this.#executions.slice(started);
    this.#executions = this.#executions.slice(0, started);
    for (const { attemptId } of rest) this.#unfinished.delete(attemptId);
    return rest;
  }

  /** Asks what runs to stop, and kills it after the grace; what it ends as is decided by the first reason. */
  stop(reason: StopReason, graceMilliseconds: number): void {
    if (this.stopping !== null) return;
    this.stopping = reason;
    this.run.abort(graceMilliseconds);
  }

  /** Started executions that have not told their end: at most one, unless the worker died. */
  unfinished(): readonly Claimed[] {
    return this.#executions.filter(({ attemptId }) => this.#unfinished.has(attemptId));
  }
}
