import type { Clock, EmissionsMeter, MeteredAttempt, Metering } from '../../application/ports/ports.ts';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import { machineJoules, measuredJoules, modelledJoules } from './attribution.ts';
import type { EmissionsFile } from './emissions-file.ts';
import { emissionsRow, type RowFrame } from './emissions-row.ts';
import type { Grid } from './grid-intensity.ts';
import type { Mark, Power, ProcessorPower } from './power.ts';

export interface MachineMeterOptions {
  readonly power: Power;
  readonly processorPower: ProcessorPower;
  readonly processors: number;
  readonly trackingMode: 'process' | 'machine';
  readonly frame: RowFrame;
  readonly grid: Grid;
  readonly file: EmissionsFile | undefined;
  readonly clock: Clock;
  /** What the children of this process have taken before, in milliseconds. */
  readonly childrenMilliseconds: number;
}

/** Turns the power of this machine into what each attempt consumed. */
export class MachineMeter implements EmissionsMeter {
  readonly #options: MachineMeterOptions;
  /** The frame of attempts whose processor time is not known. */
  readonly #assumed: RowFrame;
  #childrenMilliseconds: number;

  constructor(options: MachineMeterOptions) {
    this.#options = options;
    const { frame, trackingMode } = options;
    const version = frame.codecarbon_version?.replace(/\)$/, '; processor time assumed)') ?? null;
    this.#assumed = trackingMode === 'machine' ? frame : { ...frame, codecarbon_version: version };
    this.#childrenMilliseconds = options.childrenMilliseconds;
  }

  begin(): Metering {
    const { power } = this.#options;
    power.changeBusy(1);
    const mark = power.mark();
    return {
      consumed: (attempt) => this.#consumed(attempt, mark),
      end: () => power.changeBusy(-1),
    };
  }

  async close(): Promise<void> {
    await this.#options.power.close();
    this.#options.file?.flush();
  }

  #consumed(attempt: MeteredAttempt, mark: Mark): Emissions {
    const { power, frame, grid, file, clock } = this.#options;
    const seconds = attempt.milliseconds / 1000;
    const since = power.since(mark);
    // a chunk holds many short attempts: each has its part of the chunk's time
    const part = since.seconds > 0 ? Math.min(1, seconds / since.seconds) : 0;
    const consumption = { cpu: this.#cpuJoules(attempt, seconds, mark), gpu: since.gpu * part, ram: since.ram * part };
    const row = emissionsRow(attempt.usage ? frame : this.#assumed, grid, {
      runId: attempt.attemptId,
      seconds,
      ...consumption,
    });
    file?.add(row, clock.date());
    return row;
  }

  #cpuJoules(attempt: MeteredAttempt, seconds: number, mark: Mark): number {
    const { power, processorPower, processors, trackingMode } = this.#options;
    if (trackingMode === 'machine') return machineJoules(power.processorsSince(mark), seconds);
    const cpuSeconds = this.#cpuMilliseconds(attempt) / 1000;
    if (processorPower.kind === 'model') return modelledJoules(processorPower.full.watts, processors, cpuSeconds);
    return measuredJoules(power.processorsSince(mark), seconds, cpuSeconds);
  }

  #cpuMilliseconds({ usage, milliseconds }: MeteredAttempt): number {
    if (usage === undefined) return milliseconds;
    const { cpuMilliseconds, childrenMilliseconds = 0 } = usage;
    const children = Math.max(0, childrenMilliseconds - this.#childrenMilliseconds);
    this.#childrenMilliseconds += children;
    return cpuMilliseconds + children;
  }
}
