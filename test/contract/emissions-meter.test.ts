import { describe, expect, it } from 'vitest';
import { newId } from '../../src/application/ports/new-id.ts';
import type { OpenMeter } from '../../src/application/ports/ports.ts';
import { emissionsColumns } from '../../src/domain/study/table-layout.ts';
import { systemClock } from '../../src/infrastructure/system/clock.ts';
import { openMeter } from '../../src/infrastructure/emissions/open-meter.ts';
import { ConstantMeter } from '../support/constant-meter.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const around = { table: 'study', version: '0', clock: systemClock, log: silent };
const options = {
  countryIsoCode: null,
  measurePowerSeconds: 15,
  outputFile: null,
  cpuWatts: null,
  powerUsageEffectiveness: 1,
};

/** What every meter has to keep. */
const emissionsMeterContract = (name: string, open: OpenMeter): void => {
  describe(`${name} keeps the contract`, () => {
    it('has a row for each attempt, with every column, that adds up', async () => {
      const meter = await open();
      const [one, two] = [meter.begin(), meter.begin()];
      const attemptId = newId();
      const attempts = [
        { attemptId, milliseconds: 20, usage: { cpuMilliseconds: 10 } },
        { attemptId: newId(), milliseconds: 0.01, usage: { cpuMilliseconds: 0.01 } },
        { attemptId: newId(), milliseconds: 20 },
      ];
      const rows = attempts.flatMap((attempt) => [one.consumed(attempt), two.consumed(attempt)]);
      one.end();
      two.end();
      expect(rows[0]?.run_id).toBe(attemptId);
      const intensities = new Set<string>();
      for (const row of rows) {
        const names = emissionsColumns.map((column) => column.name).slice(1);
        expect(Object.keys(row).toSorted()).toEqual(names.toSorted());
        const { cpu_energy_kw: cpu, gpu_energy_kw: gpu, ram_energy_kw: ram, energy_consumed_kw: all } = row;
        expect(cpu).toBeGreaterThan(0);
        expect(all).toBeCloseTo(Number(cpu) + Number(gpu) + Number(ram), 18);
        intensities.add((Number(row.emissions_kg) / Number(all)).toPrecision(10));
      }
      expect(intensities.size).toBe(1);
      await meter.close();
    });

    it('can be closed while workers are at work, and without any', async () => {
      const meter = await open();
      meter.begin();
      await meter.close();
      await (await open()).close();
    });
  });
};

emissionsMeterContract('MachineMeter in tracking mode process', () =>
  openMeter({ ...options, trackingMode: 'process' }, around),
);
emissionsMeterContract('MachineMeter in tracking mode machine', () =>
  openMeter({ ...options, trackingMode: 'machine' }, around),
);
emissionsMeterContract('ConstantMeter', async () => new ConstantMeter());
