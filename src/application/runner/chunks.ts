import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import type { OrchestratorMessage } from './messages.ts';
import type { ChunkRun, Clock, EmissionsMeter, Metering, WorkerPool } from '../ports/ports.ts';

/** Time between the signal that asks an execution to stop and the kill of its thread. */
const GRACE_MILLISECONDS = 250;
/** The same when everything is aborted: experiments may clean up. */
const ABORT_GRACE_MILLISECONDS = 1_000;
/** Time after the kill of a thread until its outcome is decided without it: with the grace less than a second. */
const DEATH_MILLISECONDS = 500;
/** A chunk of several executions that takes longer gives its unstarted rest to other workers. */
const OVERDUE_MILLISECONDS = 250;

/** Why a chunk is stopped. It decides the outcome of the execution that runs. */
export type StopReason = 'timeout' | 'aborted' | 'lost';

/** The executions of one worker, as the orchestrator sees them. */
export class Chunk {
  readonly run: ChunkRun;
  readonly startedAt: Date;
  /** Where emissions are recorded. */
  readonly metering: Metering | undefined;
  stopping: StopReason | null = null;
  cancelTimer: () => void = () => {};
  /** Its worker was killed and did not die: the outcome of what it ran is decided, but its place is not free. */
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

  /** Asks the running execution to stop, and kills it after the grace. The first reason decides its outcome. */
  stop(reason: StopReason, graceMilliseconds: number): void {
    if (this.stopping !== null) return;
    this.stopping = reason;
    this.run.abort(graceMilliseconds);
  }

  /** Started executions without an outcome: at most one, unless the worker died. */
  unfinished(): readonly Claimed[] {
    return this.#executions.filter(({ attemptId }) => this.#unfinished.has(attemptId));
  }
}

/** What the chunks need from outside. */
export interface ChunksDependencies {
  readonly pool: WorkerPool;
  /** Only where emissions are recorded. */
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  /** Receives what workers say, and that a worker is free, that a chunk is overdue or cannot be stopped. */
  readonly tell: (message: OrchestratorMessage) => void;
  readonly onFault: (error: unknown) => void;
}

/** The chunks under way, each in a worker: starts, watches and stops them, and abandons those that nothing stops. */
export class Chunks {
  readonly #deps: ChunksDependencies;
  readonly #timeout: number;
  readonly #chunks = new Map<number, Chunk>();
  #count = 0;

  /** `timeout`: of each execution, in milliseconds; infinite for none. */
  constructor(deps: ChunksDependencies, timeout: number) {
    this.#deps = deps;
    this.#timeout = timeout;
  }

  /** Free places. The place of a worker that cannot be killed stays taken. */
  get free(): number {
    return this.#deps.pool.size - this.#chunks.size;
  }

  /** Something runs that will end. */
  get busy(): boolean {
    return [...this.#chunks.values()].some(({ stuck }) => !stuck);
  }

  /** Every place is taken by a worker that cannot be killed. */
  get allStuck(): boolean {
    return this.free === 0 && !this.busy;
  }

  get(id: number): Chunk | undefined {
    return this.#chunks.get(id);
  }

  start(executions: readonly Claimed[]): void {
    const { pool, clock, meter, tell, onFault } = this.#deps;
    const id = (this.#count += 1);
    const run = pool.run(executions, (message) => tell({ type: 'workerSaid', chunk: id, message }));
    const chunk = new Chunk(executions, run, clock.date(), meter?.begin());
    this.#chunks.set(id, chunk);
    this.#watch(id, chunk, Math.min(executions.length > 1 ? OVERDUE_MILLISECONDS : Infinity, this.#timeout));
    run.workerFreed.then((cause) => tell({ type: 'workerFreed', chunk: id, cause }), onFault);
  }

  /** The chunk should have ended: an execution that runs too long is stopped. Returns the unstarted rest, for other workers. */
  checkOverdue(id: number): readonly Claimed[] {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return [];
    const unstarted = chunk.takeBackUnstarted();
    const left = this.#timeout - (chunk.run.current()?.milliseconds ?? 0);
    if (left <= 0) this.#stop(id, chunk, 'timeout', GRACE_MILLISECONDS);
    else this.#watch(id, chunk, left);
    return unstarted;
  }

  /** Stops every chunk. */
  abort(): void {
    for (const [id, chunk] of this.#chunks) this.#stop(id, chunk, 'aborted', ABORT_GRACE_MILLISECONDS);
  }

  /** Stops the chunks that hold one of these attempts. Returns what they had not started. */
  revoke(attemptIds: ReadonlySet<string>): readonly Claimed[] {
    const unstarted: Claimed[] = [];
    for (const [id, chunk] of this.#chunks) {
      if (![...attemptIds].some((attemptId) => chunk.holds(attemptId))) continue;
      unstarted.push(...chunk.takeBackUnstarted());
      this.#stop(id, chunk, 'lost', GRACE_MILLISECONDS);
    }
    return unstarted;
  }

  /** Takes back and returns what no worker has started. */
  takeBackUnstarted(): readonly Claimed[] {
    return [...this.#chunks.values()].flatMap((chunk) => chunk.takeBackUnstarted());
  }

  /** The worker of the chunk is free again, or dead. Undefined: that was known already. */
  workerFreed(id: number): Chunk | undefined {
    const chunk = this.#chunks.get(id);
    chunk?.cancelTimer();
    this.#chunks.delete(id);
    return chunk;
  }

  /** A thread that outlives its kill only keeps its place from the next chunk. */
  #stop(id: number, chunk: Chunk, reason: StopReason, graceMilliseconds: number): void {
    if (chunk.stopping !== null) return;
    chunk.cancelTimer();
    chunk.stop(reason, graceMilliseconds);
    const { clock, tell } = this.#deps;
    chunk.cancelTimer = clock.after(graceMilliseconds + DEATH_MILLISECONDS, () =>
      tell({ type: 'chunkStuck', chunk: id }),
    );
  }

  #watch(id: number, chunk: Chunk, milliseconds: number): void {
    if (milliseconds === Number.POSITIVE_INFINITY) return;
    const { clock, tell } = this.#deps;
    chunk.cancelTimer = clock.after(milliseconds, () => tell({ type: 'chunkOverdue', chunk: id }));
  }
}
