import type { EmissionsMeter, MeteredAttempt, Metering } from '../../src/application/ports/ports.ts';
import type { Emissions } from '../../src/domain/experiment/emissions.ts';
import { emissionsOf } from './emissions.ts';

/** A machine that always needs 100 W, 80 of them for processors, on a grid of 360 g/kWh; each attempt has all of it. */
export class ConstantMeter implements EmissionsMeter {
  /** Workers at work. */
  busy = 0;
  closed = false;

  begin(): Metering {
    this.busy += 1;
    return { consumed: consumedBy, end: () => void (this.busy -= 1) };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const consumedBy = ({ attemptId, milliseconds }: MeteredAttempt): Emissions => {
  const seconds = milliseconds / 1000;
  const [cpu, ram] = [(80 * seconds) / 3.6e6, (20 * seconds) / 3.6e6];
  const kilograms = (cpu + ram) * 0.36;
  return emissionsOf(attemptId, {
    duration_seconds: seconds,
    cpu_energy_kw: cpu,
    ram_energy_kw: ram,
    energy_consumed_kw: cpu + ram,
    emissions_kg: kilograms,
    emissions_rate_kg_sec: seconds > 0 ? kilograms / seconds : 0,
  });
};
