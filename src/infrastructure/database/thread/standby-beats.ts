import type { RunnerProtocol } from '../../../domain/repository/runner-protocol.ts';
import type { Clock } from '../../../application/ports/ports.ts';
import type { StandbyCell } from './standby-cell.ts';

/** What beats: a connection to the study. */
export type Beating = Pick<RunnerProtocol, 'heartbeat' | 'close'>;

export interface StandbyBeatsOptions {
  readonly cell: Pick<StandbyCell, 'ended' | 'silentMilliseconds' | 'sent'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly runnerId: string;
  readonly heartbeatSeconds: number;
  readonly leaseSeconds: number;
  readonly open: () => Beating;
  /** Hears why a heartbeat could not be sent, once for each silence. */
  readonly onFailure: (error: unknown) => void;
}

/** A runner that beats by itself does so in less than a period: half as much again is a silence. */
const SILENT_PERIODS = 1.5;
/** Before the next try. */
const PAUSE_MILLISECONDS = 1_000;

/**
 * The heartbeats of a runner whose main thread is silent, until it beats again, has decided to end, or was declared dead:
 * then there is nothing to keep alive, until the runner goes on under another id.
 */
export class StandbyBeats {
  readonly #options: StandbyBeatsOptions;
  readonly #period: number;
  /** Undefined: it was declared dead. */
  #runnerId: string | undefined;
  #connection: Beating | undefined;
  #told = false;
  #wake: () => void = () => {};

  constructor(options: StandbyBeatsOptions) {
    this.#options = options;
    this.#period = options.heartbeatSeconds * 1_000;
    this.#runnerId = options.runnerId;
  }

  /** The runner goes on under this id. */
  goOnAs(runnerId: string): void {
    this.#runnerId = runnerId;
  }

  /** The runner has ended: looks at once. */
  wake(): void {
    this.#wake();
  }

  /** Until the runner ends. */
  async run(): Promise<void> {
    const { cell } = this.#options;
    while (!cell.ended) {
      const patience = SILENT_PERIODS * this.#period - cell.silentMilliseconds;
      if (patience > 0) {
        await this.#rest();
        await this.#sleep(patience);
      } else await this.#sleep(await this.#beat());
    }
    await this.#rest();
  }

  /** One heartbeat; answers how long to wait until the next. */
  async #beat(): Promise<number> {
    const { cell, leaseSeconds, open, onFailure } = this.#options;
    const runnerId = this.#runnerId;
    if (runnerId === undefined) return this.#period;
    try {
      this.#connection ??= open();
      const alive = await this.#connection.heartbeat(runnerId, leaseSeconds);
      if (alive) cell.sent();
      else if (this.#runnerId === runnerId) this.#runnerId = undefined;
      return this.#period;
    } catch (error) {
      if (!this.#told) onFailure(error);
      this.#told = true;
      return Math.min(PAUSE_MILLISECONDS, this.#period);
    }
  }

  /** The runner beats by itself: the connection is given back. */
  async #rest(): Promise<void> {
    this.#told = false;
    await this.#connection?.close();
    this.#connection = undefined;
  }

  async #sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const callOff = this.#options.clock.after(milliseconds, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
      if (this.#options.cell.ended) this.#wake();
    });
  }
}
