import type { InjectionToken } from 'tsyringe';
import type { Clock, Log, OpenMeter, OpenProtocol, OpenStandby, WorkerPools } from '../application/ports/ports.ts';
import type { ExperimentRepository } from '../domain/repository/experiment-repository.ts';

/**
 * Injection tokens: register your own implementation under one of them, in the container that `Experimenter.open` is
 * given. Each is typed, so that `container.register` refuses an implementation of another port.
 */
export const tokens: {
  readonly repository: InjectionToken<ExperimentRepository>;
  readonly openProtocol: InjectionToken<OpenProtocol>;
  readonly openStandby: InjectionToken<OpenStandby>;
  readonly workerPools: InjectionToken<WorkerPools>;
  readonly openMeter: InjectionToken<OpenMeter>;
  readonly clock: InjectionToken<Clock>;
  readonly log: InjectionToken<Log>;
} = {
  // Symbols of the registry: two copies of this package in one process mean the same.
  repository: Symbol.for('ts-experimenter:ExperimentRepository'),
  openProtocol: Symbol.for('ts-experimenter:OpenProtocol'),
  openStandby: Symbol.for('ts-experimenter:OpenStandby'),
  workerPools: Symbol.for('ts-experimenter:WorkerPools'),
  openMeter: Symbol.for('ts-experimenter:OpenMeter'),
  clock: Symbol.for('ts-experimenter:Clock'),
  log: Symbol.for('ts-experimenter:Log'),
};
