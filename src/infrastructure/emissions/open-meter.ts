import type { Clock, EmissionsMeter, Log } from '../../application/ports/ports.ts';
import { childrenTime } from '../system/processor-time.ts';
import { EmissionsFile } from './emissions-file.ts';
import type { EmissionsOptions } from './emissions-options.ts';
import type { RowFrame } from './emissions-row.ts';
import { gpuModels, type Gpus, readGpus } from './gpus.ts';
import { type Grid, gridOf } from './grid-intensity.ts';
import { type Machine, thisMachine, fullPower } from './machine.ts';
import { MachineMeter } from './machine-meter.ts';
import { Power, type ProcessorPower } from './power.ts';
import { RaplCounters } from './rapl.ts';

export interface MeterDependencies {
  /** The study's table. */
  readonly table: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Until there are two readings there is no power. */
const FIRST_LOOK_MILLISECONDS = 50;

/** Begins to measure this machine, and logs how. Throws `CONFIG_INVALID` for an output file that cannot be used. */
export const openMeter = async (
  options: EmissionsOptions,
  deps: MeterDependencies,
  machine: Machine = thisMachine(),
): Promise<EmissionsMeter> => {
  const { clock, log } = deps;
  const { trackingMode, measurePowerSeconds } = options;
  const file =
    options.outputFile === null ? undefined : new EmissionsFile(options.outputFile, (text) => log.warn(text));
  const grid = gridOf(options.countryIsoCode);
  const processorPower = processorPowerOf(machine, options, log);
  const found = await readGpus(machine.nvidiaSmi);
  if (found === 'hangs')
    log.warn(`emissions: ${machine.nvidiaSmi} does not answer: graphics processors are not measured`);
  const gpus = found === 'hangs' ? undefined : found;
  const frame = frameOf({ options, deps, machine, grid, processorPower, gpus });
  log.info(`emissions: ${frame.codecarbon_version}`);
  const power = new Power({
    machine,
    processorPower,
    gpuWatts: gpus?.watts,
    trackingMode,
    measurePowerSeconds,
    clock,
    log,
  });
  await new Promise<void>((resolve) => clock.after(FIRST_LOOK_MILLISECONDS, resolve));
  power.read();
  const processors = machine.processors.count;
  const childrenMilliseconds = childrenTime() ?? 0;
  return new MachineMeter({
    power,
    processorPower,
    processors,
    trackingMode,
    frame,
    grid,
    file,
    clock,
    childrenMilliseconds,
  });
};

const processorPowerOf = (machine: Machine, { cpuWatts }: EmissionsOptions, log: Log): ProcessorPower => {
  const found = cpuWatts === null ? RaplCounters.find(machine.powercap) : undefined;
  if (found && 'counters' in found) return { kind: 'rapl', counters: found.counters };
  if (found) {
    log.warn(
      `emissions: this machine has energy counters that may not be read (${found.refused}), so a model is used; ` +
        `to allow it: sudo chmod -R a+r ${machine.powercap}/*`,
    );
  }
  return { kind: 'model', full: fullPower(machine.processors, cpuWatts) };
};

interface FrameParts {
  readonly options: EmissionsOptions;
  readonly deps: MeterDependencies;
  readonly machine: Machine;
  readonly grid: Grid;
  readonly processorPower: ProcessorPower;
  readonly gpus: Gpus | undefined;
}

const frameOf = ({ options, deps, machine, grid, processorPower, gpus }: FrameParts): RowFrame => {
  const { processors } = machine;
  const cpu =
    processorPower.kind === 'rapl' ? `RAPL, packages ${processorPower.counters.packages}` : processorPower.full.how;
  const measured = gpus?.watts === undefined ? 'not measurable' : 'nvidia-smi';
  const how = [
    `cpu: ${cpu}`,
    `gpu: ${gpus ? measured : 'none'}`,
    'ram: model, 3 W per 8 GB',
    `grid: Ember average of ${grid.name}, ${grid.gramsPerKwh} g/kWh`,
  ];
  return {
    project_name: deps.table,
    country_name: grid.name,
    country_iso_code: grid.isoCode,
    region: null,
    cloud_provider: null,
    cloud_region: null,
    os: machine.os.slice(0, 255),
    python_version: machine.runtime,
    codecarbon_version: `ts-experimenter ${deps.version} (${how.join('; ')})`.slice(0, 255),
    cpu_count: processors.count,
    cpu_model: processors.model.slice(0, 255),
    gpu_count: gpus?.names.length ?? null, // as CodeCarbon has it
    gpu_model: gpus ? gpuModels(gpus.names).slice(0, 255) : null,
    longitude: null,
    latitude: null,
    ram_total_size: machine.memoryBytes / 1024 ** 3,
    tracking_mode: options.trackingMode,
    on_cloud: 'N',
    power_usage_efficiency: options.powerUsageEffectiveness,
    offline_mode: true,
  };
};
