import type { Emissions } from '../../domain/experiment/emissions.ts';
import type { Grid } from './grid-intensity.ts';

/** What one attempt consumed. */
export interface Consumption {
  readonly runId: string;
  readonly seconds: number;
  /** Joules of the hardware. */
  readonly cpu: number;
  readonly gpu: number;
  readonly ram: number;
}

/** What is the same in every row of a run. */
export type RowFrame = Omit<
  Emissions,
  | 'run_id'
  | 'duration_seconds'
  | `emissions_${string}`
  | `${'cpu' | 'gpu' | 'ram'}_${'power_watt' | 'energy_kw'}`
  | 'energy_consumed_kw'
>;

const JOULES_PER_KWH = 3_600_000;

/**
 * The row of an attempt. Power is that of the hardware; energy and emissions are that of the data centre, which needs
 * `power_usage_efficiency` times as much.
 */
export const emissionsRow = (
  frame: RowFrame,
  grid: Grid,
  { runId, seconds, cpu, gpu, ram }: Consumption,
): Emissions => {
  const watts = (joules: number) => (seconds > 0 ? joules / seconds : 0);
  const kwh = (joules: number) => (joules / JOULES_PER_KWH) * (frame.power_usage_efficiency ?? 1);
  const energy = kwh(cpu) + kwh(gpu) + kwh(ram);
  const kilograms = (energy * grid.gramsPerKwh) / 1000;
  return {
    ...frame,
    run_id: runId,
    duration_seconds: seconds,
    emissions_kg: kilograms,
    emissions_rate_kg_sec: seconds > 0 ? kilograms / seconds : 0,
    cpu_power_watt: watts(cpu),
    gpu_power_watt: watts(gpu),
    ram_power_watt: watts(ram),
    cpu_energy_kw: kwh(cpu),
    gpu_energy_kw: kwh(gpu),
    ram_energy_kw: kwh(ram),
    energy_consumed_kw: energy,
  };
};
