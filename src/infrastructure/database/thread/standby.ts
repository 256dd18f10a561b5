import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Log, OpenStandby, Standby } from '../../../application/ports/ports.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { threadFlags, workerEnvironment } from '../../system/child-start.ts';
import type { MysqlOptions } from '../mysql/mysql-driver.ts';
import type { SqliteOptions } from '../sqlite/sqlite-pragmas.ts';
import { StandbyCell } from './standby-cell.ts';

/** The location of a study, as plain data that a thread can receive. */
export type StudyPlace =
  | { readonly provider: 'sqlite'; readonly options: SqliteOptions }
  | { readonly provider: 'mysql'; readonly options: MysqlOptions };

/** The data with which the thread starts. */
export interface StandbyData {
  readonly study: StudyDefinition;
  readonly place: StudyPlace;
  readonly runnerId: string;
  readonly heartbeatSeconds: number;
  readonly leaseSeconds: number;
  readonly cell: SharedArrayBuffer;
}

/** To the thread: the runner continues under another id, or has ended. */
export type StandbyMessage = { readonly runnerId: string } | 'close';

/** From the thread: the error of a heartbeat that could not be sent. */
export interface StandbyFailure {
  readonly failed: string;
}

/** Maximum wait for the end of the thread, which may be opening a connection. */
const CLOSE_MILLISECONDS = 1_000;

/**
 * A thread that sends the heartbeats of a runner while its main thread does not. The main thread can be blocked by a
 * terminal or a pipe that accepts no more output. A function that runs in it can block it too. The thread detects this
 * in memory that both share, and opens its connection at the first need. It stops while the whole process is stopped,
 * and ends with the process.
 */
class StandbyThread implements Standby {
  readonly #cell: StandbyCell;
  readonly #thread: Worker;
  readonly #exited: Promise<unknown>;
  #runnerId: string;

  constructor(data: Omit<StandbyData, 'cell'>, log: Log) {
    this.#cell = new StandbyCell();
    this.#runnerId = data.runnerId;
    const entry = `./standby-thread${extname(new URL(import.meta.url).pathname)}`;
    this.#thread = new Worker(new URL(entry, import.meta.url), {
      workerData: { ...data, cell: this.#cell.buffer } satisfies StandbyData,
      env: workerEnvironment(process.env),
      execArgv: threadFlags(process.execArgv),
    });
    this.#thread.unref();
    this.#exited = once(this.#thread, 'exit').catch(() => undefined);
    this.#thread.on('message', ({ failed }: StandbyFailure) =>
      log.warn(`the thread that stands by could not send a heartbeat either: ${failed}`),
    );
    this.#thread.on('error', (error) => log.warn(`${WITHOUT}: ${error.message}`));
  }

  beaten(runnerId: string): number {
    if (runnerId !== this.#runnerId) this.#thread.postMessage({ runnerId } satisfies StandbyMessage);
    this.#runnerId = runnerId;
    return this.#cell.beaten();
  }

  async close(): Promise<void> {
    this.#cell.end();
    this.#thread.ref(); // `close` waits for its end
    this.#thread.postMessage('close' satisfies StandbyMessage);
    await Promise.race([this.#exited, sleep(CLOSE_MILLISECONDS, undefined, { ref: false })]);
    await this.#thread.terminate();
  }
}

const WITHOUT = 'heartbeats will stop while the main thread of this runner is blocked: no thread stands by for it';
const noStandby: Standby = { beaten: () => 0, close: async () => {} };

/** Opens the standby threads for the runs of a study. */
export const openStandby =
  (study: StudyDefinition, place: StudyPlace, log: Log): OpenStandby =>
  (runner) => {
    try {
      return new StandbyThread({ study, place, ...runner }, log);
    } catch (error) {
      // For example, the system allows no more threads.
      log.warn(`${WITHOUT}: ${(error as Error).message}`);
      return noStandby;
    }
  };
