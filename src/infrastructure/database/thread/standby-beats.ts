import type { RunnerProtocol } from '../../../domain/repository/runner-protocol.ts';
import type { Clock } from '../../../application/ports/ports.ts';
import type { StandbyCell } from './standby-cell.ts';

/** A connection to the study that sends heartbeats. */
export type Beating = Pick<RunnerProtocol, 'heartbeat' | 'close'>;

export interface StandbyBeatsOptions {
  readonly cell: Pick<StandbyCell, 'ended' | 'silentMilliseconds' | 'sent'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly runnerId: string;
  readonly heartbeatSeconds: number;
  readonly leaseSeconds: number;
  readonly open: () => Beating;
  /** Receives the error of a heartbeat that could not be sent, once while the main thread is silent. */
  readonly onFailure: (error: unknown) => void;
}

/** A working main thread sends a heartbeat in each period. After one and a half periods it counts as silent. */
const SILENT_PERIODS = 1.5;
/** Pause before the next try. */
const PAUSE_MILLISECONDS = 1_000;

/**
 * Sends the heartbeats of a runner whose main thread is silent. It stops when the main thread sends them again or the
 * runner has decided to end. After the runner was declared dead, it sends none until the runner continues under another
 * id.
 */
export class StandbyBeats {
  readonly #options: StandbyBeatsOptions;
  readonly #period: number;
  /** Undefined: the runner was declared dead. */
  #runnerId: string | undefined;
  #connection: Beating | undefined;
  #told = false;
  #wake: () => void = () => {};

  constructor(options: StandbyBeatsOptions) {
    this.#options = options;
    this.#period = options.heartbeatSeconds * 1_000;
    this.#runnerId = options.runnerId;
  }

  /** The runner continues under this id. */
  setRunner(runnerId: string): void {
    this.#runnerId = runnerId;
  }

  /** The runner has ended: ends the pause of `run` at once. */
  wake(): void {
    this.#wake();
  }

  /** Runs until the runner ends. */
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

  /** Sends one heartbeat. Returns the milliseconds until the next one. */
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

  /** Closes the connection: the main thread sends heartbeats itself, or the runner has ended. */
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
