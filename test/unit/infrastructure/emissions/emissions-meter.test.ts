import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmissionsOptions } from '../../../../src/infrastructure/emissions/emissions-options.ts';
import { openMeter } from '../../../../src/infrastructure/emissions/open-meter.ts';
import { RaplCounters } from '../../../../src/infrastructure/emissions/rapl.ts';
import { temporaryFolder } from '../../../support/configurations.ts';
import { PaperCounters, PaperMachine, paperNvidiaSmi } from '../../../support/machine.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const options: EmissionsOptions = {
  countryIsoCode: 'DEU',
  trackingMode: 'process',
  measurePowerSeconds: 15,
  outputFile: null,
  cpuWatts: null,
  powerUsageEffectiveness: 1,
};

const JOULES = 3.6e6;

/** A meter on a machine on paper; the clock stands still but for the test. */
const opened = async (given: Partial<EmissionsOptions> = {}, machine = new PaperMachine()) => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const log = { debug: say, info: say, warn: (line: string) => say(`warn: ${line}`), error: say };
  const opening = openMeter({ ...options, ...given }, { table: 'study', version: '1.2.3', clock, log }, machine);
  let open = false;
  const isOpen = () => (open = true);
  opening.then(isOpen, isOpen);
  // a program may have to be waited for, then a first look
  await expect.poll(async () => clock.advance(50).then(() => open)).toBe(true);
  return { meter: await opening, clock, lines, machine };
};

const attempt = (milliseconds: number, cpuMilliseconds?: number) => ({
  attemptId: 'a',
  milliseconds,
  ...(cpuMilliseconds !== undefined && { usage: { cpuMilliseconds } }),
});

describe('without counters', () => {
  it('an attempt gets its processor time by the model, and its part of the memory', async () => {
    const { meter, clock } = await opened({ cpuWatts: 40 });
    const chunk = meter.begin();
    await clock.advance(10_000);
    const row = chunk.consumed(attempt(10_000, 5_000));
    // 40 W, two processors, five seconds of one; 8 GB of its own: 3 W
    expect((row.cpu_energy_kw ?? 0) * JOULES).toBeCloseTo(100, 9);
    expect((row.ram_energy_kw ?? 0) * JOULES).toBeCloseTo(30, 9);
    expect(row).toMatchObject({ cpu_power_watt: expect.closeTo(10, 9), gpu_energy_kw: 0, duration_seconds: 10 });
    expect(row.codecarbon_version).toBe(
      'ts-experimenter 1.2.3 (cpu: model, 40 W as configured; gpu: none; ram: model, 3 W per 8 GB; ' +
        `grid: Ember average of Germany, ${String(row.codecarbon_version?.match(/[\d.]+(?= g\/kWh)/)?.[0])} g/kWh)`,
    );
    await meter.close();
    expect(clock.pending).toBe(0);
  });

  it('an attempt that could not tell its processor time is taken to have kept one processor busy, and says so', async () => {
    const { meter, clock } = await opened({ cpuWatts: 40 });
    const chunk = meter.begin();
    await clock.advance(1_000);
    const row = chunk.consumed(attempt(1_000));
    expect(row.cpu_power_watt).toBeCloseTo(20, 9);
    expect(row.codecarbon_version).toMatch(/; processor time assumed\)$/);
  });

  it('programs that end are told apart by what they add', async () => {
    const { meter, clock } = await opened({ cpuWatts: 40 });
    const chunk = meter.begin();
    await clock.advance(1_000);
    const { childrenTime } = await import('../../../../src/infrastructure/system/processor-time.ts');
    const before = childrenTime() ?? 0;
    const of = (childrenMilliseconds: number) =>
      chunk.consumed({ attemptId: 'a', milliseconds: 1_000, usage: { cpuMilliseconds: 0, childrenMilliseconds } });
    const joules = [before + 500, before + 500, before + 400, before + 1_500].map(
      (total) => (of(total).cpu_energy_kw ?? 0) * JOULES,
    );
    expect(joules).toEqual([10, 0, 0, 20].map((each) => expect.closeTo(each, 9)));
  });

  it('in tracking mode machine the load of the whole machine counts, a tenth of the power at least', async () => {
    const { meter, clock, machine } = await opened({ cpuWatts: 40, trackingMode: 'machine', measurePowerSeconds: 600 });
    const idle = meter.begin();
    await clock.advance(10_000);
    expect((idle.consumed(attempt(10_000, 0)).cpu_energy_kw ?? 0) * JOULES).toBeCloseTo(40, 9);
    idle.end();
    const busy = meter.begin();
    machine.busy += 15;
    await clock.advance(10_000);
    const row = busy.consumed(attempt(10_000, 0));
    expect((row.cpu_energy_kw ?? 0) * JOULES).toBeCloseTo(300, 9);
    expect(row.ram_power_watt).toBeCloseTo(6, 9); // 16 GB
    expect(row.tracking_mode).toBe('machine');
  });

  it('workers that are busy together share the memory, second for second', async () => {
    const { meter, clock } = await opened();
    const [one, two] = [meter.begin(), meter.begin()];
    await clock.advance(2_000);
    const short = two.consumed(attempt(2_000, 0));
    two.end();
    await clock.advance(2_000);
    const long = one.consumed(attempt(4_000, 0));
    expect((short.ram_energy_kw ?? 0) * JOULES).toBeCloseTo(3, 9);
    expect((long.ram_energy_kw ?? 0) * JOULES).toBeCloseTo(9, 9);
  });

  it('the attempts of a chunk share its time', async () => {
    const { meter, clock } = await opened();
    const chunk = meter.begin();
    await clock.advance(100);
    const rows = [25, 75].map((milliseconds) => chunk.consumed(attempt(milliseconds, 0)));
    expect(rows.map((row) => (row.ram_energy_kw ?? 0) * JOULES)).toEqual([
      expect.closeTo(0.075, 9),
      expect.closeTo(0.225, 9),
    ]);
  });
});

describe('with energy counters', () => {
  it('an attempt gets its part of what was measured', async () => {
    using folder = temporaryFolder();
    const counters = new PaperCounters(folder.path);
    counters.set('intel-rapl:0', 'package-0', 5_000_000);
    counters.set('intel-rapl:1', 'package-1', 0);
    const machine = new PaperMachine();
    machine.powercap = folder.path;
    const { meter, clock } = await opened({}, machine);
    const chunk = meter.begin();
    machine.busy += 10;
    counters.set('intel-rapl:0', 'package-0', 505_000_000);
    counters.set('intel-rapl:1', 'package-1', 100_000_000);
    await clock.advance(10_000);
    const row = chunk.consumed(attempt(10_000, 2_500));
    expect((row.cpu_energy_kw ?? 0) * JOULES).toBeCloseTo(150, 6); // 600 J, a quarter of the time that was worked
    expect(row.codecarbon_version).toContain('cpu: RAPL, packages 2;');
  });

  it('all of it counts in tracking mode machine, and attempts too short to be measured have the power of late', async () => {
    using folder = temporaryFolder();
    const counters = new PaperCounters(folder.path);
    counters.set('intel-rapl:0', 'package-0', 0);
    const machine = new PaperMachine();
    machine.powercap = folder.path;
    const { meter, clock } = await opened({ trackingMode: 'machine' }, machine);
    counters.set('intel-rapl:0', 'package-0', 60_000_000);
    await clock.advance(1_000);
    const short = meter.begin();
    expect(short.consumed(attempt(0.5, 0.5)).cpu_power_watt).toBeCloseTo(60, 6);
    short.end();
    const long = meter.begin();
    counters.set('intel-rapl:0', 'package-0', 80_000_000);
    await clock.advance(1_000);
    expect(long.consumed(attempt(1_000, 0)).cpu_power_watt).toBeCloseTo(20, 6);
  });

  it('a counter that begins anew between two looks has gone on', () => {
    using folder = temporaryFolder();
    const counters = new PaperCounters(folder.path);
    counters.set('intel-rapl:0', 'package-0', 9_000_000, 10_000_000);
    const found = RaplCounters.find(folder.path);
    if (!found || !('counters' in found)) expect.unreachable('there is one');
    expect(found.counters.read()).toBe(0);
    counters.set('intel-rapl:0', 'package-0', 2_000_000, 10_000_000);
    expect(found.counters.read()).toBeCloseTo(3, 9);
    counters.set('intel-rapl:0', 'package-0', 4_000_000, 10_000_000);
    expect(found.counters.read()).toBeCloseTo(5, 9);
  });

  it('parts of a package, the platform, and the same package once more are not counted', () => {
    using folder = temporaryFolder();
    const counters = new PaperCounters(folder.path);
    const all = { 'intel-rapl:0': 'package-0', 'intel-rapl:0:0': 'core', 'intel-rapl:1': 'psys', 'intel-rapl-mmio:0': 'package-0' }; // prettier-ignore
    for (const [domain, name] of Object.entries(all)) counters.set(domain, name, 0);
    const found = RaplCounters.find(folder.path);
    for (const [domain, name] of Object.entries(all)) counters.set(domain, name, 1_000_000);
    expect(found).toMatchObject({ counters: { packages: 1 } });
    expect(found && 'counters' in found && found.counters.read()).toBe(1);
  });

  it('that cannot be read there is a model, and advice', async () => {
    using folder = temporaryFolder();
    const counters = new PaperCounters(folder.path);
    counters.set('intel-rapl:0', 'package-0', 0);
    folder.write('intel-rapl:0/energy_uj', 'no number'); // root may read everything: the rights cannot be taken away here
    const machine = new PaperMachine();
    machine.powercap = folder.path;
    const { meter, lines } = await opened({}, machine);
    expect(lines[0]).toMatch(/^warn: emissions: .*may not be read.*sudo chmod -R a\+r/);
    expect(lines[1]).toContain('cpu: model, 4 W a thread, 8 W');
    await meter.close();
  });

  it('are not asked where the power is configured, and not there on most machines', async () => {
    using folder = temporaryFolder();
    new PaperCounters(folder.path).set('intel-rapl:0', 'package-0', 0);
    const machine = new PaperMachine();
    machine.powercap = folder.path;
    const { lines } = await opened({ cpuWatts: 10 }, machine);
    expect(lines[0]).toContain('cpu: model, 10 W as configured');
    expect(RaplCounters.find(join(folder.path, 'none'))).toBeUndefined();
  });
});

describe('with graphics processors', () => {
  it('their power is asked for in each interval, and shared by the workers that are busy', async () => {
    using folder = temporaryFolder();
    const machine = new PaperMachine();
    machine.nvidiaSmi = paperNvidiaSmi(folder.path, 'A100, 60', 'A100, 40');
    process.env['TS_EXPERIMENTER_DATABASE_PASSWORD'] = 'canary'; // the program fails if it sees it
    const { meter, clock, lines } = await opened({}, machine);
    delete process.env['TS_EXPERIMENTER_DATABASE_PASSWORD'];
    expect(lines[0]).toContain('gpu: nvidia-smi;');
    const [one, two] = [meter.begin(), meter.begin()];
    paperNvidiaSmi(folder.path, 'A100, 300', 'A100, 100');
    await clock.advance(14_000); // the first look was before
    const before = one.consumed(attempt(14_000, 0));
    expect((before.gpu_energy_kw ?? 0) * JOULES).toBeCloseTo(700, 6);
    expect(before).toMatchObject({ gpu_count: 2, gpu_model: '2 x A100' });
    two.end();
    await clock.advance(1_000);
    const powers = async (): Promise<number> => {
      await clock.advance(100);
      const chunk = meter.begin();
      one.end();
      await clock.advance(100);
      const { gpu_power_watt } = chunk.consumed(attempt(100, 0));
      meter.begin();
      chunk.end();
      return gpu_power_watt ?? 0;
    };
    await expect.poll(powers).toBeGreaterThan(100);
    await meter.close();
  });

  it('that do not measure are counted, and no more', async () => {
    using folder = temporaryFolder();
    const machine = new PaperMachine();
    machine.nvidiaSmi = paperNvidiaSmi(folder.path, 'Tesla K80, [N/A]');
    const { meter, clock } = await opened({}, machine);
    const chunk = meter.begin();
    await clock.advance(1_000);
    expect(chunk.consumed(attempt(1_000, 0))).toMatchObject({
      gpu_count: 1,
      gpu_energy_kw: 0,
      codecarbon_version: expect.stringContaining('gpu: not measurable'),
    });
  });
});

describe('the output file', () => {
  it("is CodeCarbon's, appended to by every run", async () => {
    using folder = temporaryFolder();
    const outputFile = join(folder.path, 'emissions.csv');
    for (const name of ['first', 'second']) {
      const { meter, clock } = await opened({ outputFile });
      const chunk = meter.begin();
      await clock.advance(1_000);
      chunk.consumed({ ...attempt(1_000, 500), attemptId: name });
      await meter.close();
    }
    const [header, ...lines] = readFileSync(outputFile, 'utf8').trimEnd().split('\n');
    expect(header).toBe(
      'timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,' +
        'ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,' +
        'codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue',
    );
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,study,second,1,.*,Germany,DEU,,,,Paper,.*,16,process,N,1$/,
    );
  });

  it('is refused if it holds something else', async () => {
    using folder = temporaryFolder();
    const outputFile = folder.write('emissions.csv', 'timestamp,run_id,water_consumed\n');
    await expect(opened({ outputFile })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(opened({ outputFile: folder.path })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(readFileSync(outputFile, 'utf8')).toBe('timestamp,run_id,water_consumed\n');
  });
});
