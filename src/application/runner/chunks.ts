import type { Claimed } from '../../domain/repository/runner-protocol.ts';
import { Chunk, type StopReason } from './chunk.ts';
import type { OrchestratorMessage } from './messages.ts';
import type { Clock, EmissionsMeter, WorkerPool } from '../ports/ports.ts';

/** Between a stop's polite signal and the kill of the thread. */
const GRACE_MILLISECONDS = 250;
/** The same when everything is aborted, and experiments may want to tidy up. */
const ABORT_GRACE_MILLISECONDS = 1_000;
/** After the kill of a thread, until its execution is concluded without it: together with the grace less than a second. */
const DEATH_MILLISECONDS = 500;
/** A chunk of several that takes longer than this gives its unstarted rest to others. */
const OVERDUE_MILLISECONDS = 250;

/** What the chunks need from outside. */
export interface ChunksDependencies {
  readonly pool: WorkerPool;
  /** Only where emissions are recorded. */
  readonly meter?: EmissionsMeter | undefined;
  readonly clock: Clock;
  /** Hears what workers say, and when a chunk has settled, should have, or cannot be stopped. */
  readonly tell: (message: OrchestratorMessage) => void;
  readonly onFault: (error: unknown) => void;
}

/** The chunks under way, each in a worker: started, watched, stopped, and given up if nothing stops them. */
export class Chunks {
  readonly #deps: ChunksDependencies;
  readonly #timeout: number;
  readonly #chunks = new Map<number, Chunk>();
  #count = 0;

  /** `timeout`: of an execution, in milliseconds; infinite for none. */
  constructor(deps: ChunksDependencies, timeout: number) {
    this.#deps = deps;
    this.#timeout = timeout;
  }

  /** Places for more. One whose worker cannot be killed stays taken. */
  get free(): number {
    return this.#deps.pool.size - this.#chunks.size;
  }

  /** Something runs that can be waited for. */
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

  /** It should have ended by now: what runs too long is stopped. Answers what has not been started, for other workers. */
  checkOverdue(id: number): readonly Claimed[] {
    const chunk = this.#chunks.get(id);
    if (chunk === undefined) return [];
    const unstarted = chunk.takeBackUnstarted();
    const left = this.#timeout - (chunk.run.current()?.milliseconds ?? 0);
    if (left <= 0) this.#stop(id, chunk, 'timeout', GRACE_MILLISECONDS);
    else this.#watch(id, chunk, left);
    return unstarted;
  }

  /** What runs is stopped, everywhere. */
  abort(): void {
    for (const [id, chunk] of this.#chunks) this.#stop(id, chunk, 'aborted', ABORT_GRACE_MILLISECONDS);
  }

  /** The chunks that hold one of these attempts are stopped. Answers what else they had not started. */
  revoke(attemptIds: ReadonlySet<string>): readonly Claimed[] {
    const unstarted: Claimed[] = [];
    for (const [id, chunk] of this.#chunks) {
      if (![...attemptIds].some((attemptId) => chunk.holds(attemptId))) continue;
      unstarted.push(...chunk.takeBackUnstarted());
      this.#stop(id, chunk, 'lost', GRACE_MILLISECONDS);
    }
    return unstarted;
  }

  /** Takes back what no worker has started. */
  takeBackUnstarted(): readonly Claimed[] {
    return [...this.#chunks.values()].flatMap((chunk) => chunk.takeBackUnstarted());
  }

  /** Its worker is free again, or dead; undefined: it was known already. */
  workerFreed(id: number): Chunk | undefined {
    const chunk = this.#chunks.get(id);
    chunk?.cancelTimer();
    this.#chunks.delete(id);
    return chunk;
  }

  /** Stops what runs. A thread that outlives its kill holds up nobody but the next in its place. */
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
