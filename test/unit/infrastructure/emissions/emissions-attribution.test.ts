import { describe, expect, it } from 'vitest';
import {
  loadedWatts,
  machineJoules,
  measuredJoules,
  memoryWatts,
  modelledJoules,
} from '../../../../src/infrastructure/emissions/attribution.ts';
import { emissionsRow } from '../../../../src/infrastructure/emissions/emissions-row.ts';
import { gpuModels, parsedGpus } from '../../../../src/infrastructure/emissions/gpus.ts';
import { busySecondsOf, fullPower } from '../../../../src/infrastructure/emissions/machine.ts';
import { emissionsOf } from '../../../support/emissions.ts';

describe('the model of processors', () => {
  it.each([
    [0, 10],
    [0.05, 10],
    [0.5, 50],
    [1, 100],
    [1.2, 100],
  ])('needs under the load %d of 100 W: %d W', (load, watts) => {
    expect(loadedWatts(100, load)).toBe(watts);
  });

  it('charges processor time, whatever the time between', () => {
    expect(modelledJoules(100, 4, 2)).toBe(50);
    expect(modelledJoules(100, 4, 0)).toBe(0);
  });

  it('has 3 W for every 8 GB of memory', () => {
    expect(memoryWatts(16 * 1024 ** 3)).toBe(6);
  });
});

describe('the part of an attempt in what was measured', () => {
  const span = { seconds: 10, joules: 1_000, busySeconds: 20 };

  it('is by processor time: idle power is shared by those that work', () => {
    expect(measuredJoules(span, 10, 20)).toBe(1_000);
    expect(measuredJoules(span, 10, 5)).toBe(250);
    expect(measuredJoules(span, 1, 0.5)).toBe(25);
    expect(measuredJoules(span, 1, 0)).toBe(0);
  });

  it('is never more than all of it, however coarse the clocks are', () => {
    expect(measuredJoules({ ...span, busySeconds: 0 }, 1, 0.003)).toBe(100);
    expect(measuredJoules(span, 1, 50)).toBe(100);
  });

  it('is everything in tracking mode machine', () => {
    expect(machineJoules(span, 2)).toBe(200);
    expect(machineJoules({ seconds: 0, joules: 0, busySeconds: 0 }, 2)).toBe(0);
  });
});

describe('a row', () => {
  const grid = { isoCode: 'DEU', name: 'Germany', gramsPerKwh: 400 };
  const consumption = { runId: 'a', seconds: 2, cpu: 7_200, gpu: 3_600, ram: 360 };

  it('adds up', () => {
    const row = emissionsRow(emissionsOf('frame'), grid, consumption);
    expect(row).toMatchObject({
      run_id: 'a',
      duration_seconds: 2,
      cpu_power_watt: 3_600,
      gpu_power_watt: 1_800,
      ram_power_watt: 180,
      cpu_energy_kw: 0.002,
      gpu_energy_kw: 0.001,
      ram_energy_kw: 0.0001,
      country_iso_code: 'DEU',
    });
    expect(row.energy_consumed_kw).toBeCloseTo(0.0031, 15);
    expect(row.emissions_kg).toBeCloseTo(0.0031 * 0.4, 15);
    expect(row.emissions_rate_kg_sec).toBeCloseTo(0.0031 * 0.2, 15);
  });

  it('has the energy of the data centre, and the power of the hardware', () => {
    const row = emissionsRow(emissionsOf('frame', { power_usage_efficiency: 1.5 }), grid, consumption);
    expect(row).toMatchObject({ cpu_power_watt: 3_600, cpu_energy_kw: 0.003 });
    expect(row.emissions_kg).toBeCloseTo(0.0031 * 0.4 * 1.5, 15);
  });

  it('is all zeros for an attempt that took no time', () => {
    const row = emissionsRow(emissionsOf('frame'), grid, { runId: 'a', seconds: 0, cpu: 0, gpu: 0, ram: 0 });
    expect(row).toMatchObject({ cpu_power_watt: 0, energy_consumed_kw: 0, emissions_kg: 0, emissions_rate_kg_sec: 0 });
  });
});

describe('the power of processors under full load', () => {
  const processors = { model: 'AMD EPYC 7763 64-Core Processor', count: 256 };

  it('is what the configuration says, or else 4 W a thread', () => {
    expect(fullPower(processors, 300)).toEqual({ watts: 300, how: 'model, 300 W as configured' });
    expect(fullPower(processors, null)).toEqual({ watts: 1_024, how: 'model, 4 W a thread, 1024 W' });
  });
});

it('reads the first line of /proc/stat', () => {
  expect(busySecondsOf('cpu  100 20 30 9999 9999 4 6 0 0 0')).toBe(1.6);
});

describe('nvidia-smi', () => {
  it('tells of several devices, and of those that do not measure', () => {
    const both = parsedGpus('NVIDIA A100-SXM4-40GB, 61.50\nNVIDIA A100-SXM4-40GB, 38.25\nTesla K80, [N/A]\n');
    expect(both?.watts).toBe(99.75);
    expect(gpuModels(both?.names ?? [])).toBe('2 x NVIDIA A100-SXM4-40GB, 1 x Tesla K80');
    expect(parsedGpus('Tesla K80, [Not Supported]\n')).toEqual({ names: ['Tesla K80'], watts: undefined });
    expect(parsedGpus('No devices were found\n')).toBeUndefined();
    expect(parsedGpus('')).toBeUndefined();
  });
});
