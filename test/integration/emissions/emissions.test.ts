import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/domain/values/column.ts';
import { gridOf } from '../../../src/infrastructure/emissions/grid-intensity.ts';
import { Experimenter } from '../../../src/index.ts';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../../support/databases.ts';
import { experimentFile } from '../../support/experiments.ts';

type Section = Readonly<Record<string, unknown>>;

/** The columns of PyExperimenter's table, typed from its documentation and not taken from our code. */
const COLUMNS =
  'ID experiment_id codecarbon_timestamp project_name run_id duration_seconds emissions_kg emissions_rate_kg_sec ' +
  'cpu_power_watt gpu_power_watt ram_power_watt cpu_energy_kw gpu_energy_kw ram_energy_kw energy_consumed_kw country_name ' +
  'country_iso_code region cloud_provider cloud_region os python_version codecarbon_version cpu_count cpu_model gpu_count ' +
  'gpu_model longitude latitude ram_total_size tracking_mode on_cloud power_usage_efficiency offline_mode';

/** Of all processors of the machine. */
const WATTS = 1_000;

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Executes these experiments, `[what, milliseconds]`; answers the rows by what the experiments do. */
const executed = async (
  database: Section,
  experiments: readonly (readonly [what: string, milliseconds: number])[],
  given: { readonly emissions?: Section; readonly runner?: Section; readonly experiment?: Section } = {},
) => {
  const experimenter = await Experimenter.open({
    config: {
      experiment: given.experiment ?? { module: experimentFile('consumes.ts') },
      database,
      table: {
        name: uniqueName(),
        keyfields: { what: { type: 'VARCHAR(255)' }, milliseconds: { type: 'INT' } },
        resultfields: { x: 'INT' },
      },
      runner: { workers: 2, ...given.runner },
      emissions: { enabled: true, countryIsoCode: 'FRA', cpuWatts: WATTS, ...given.emissions },
    },
    log: silent,
  });
  await experimenter.fillWithRows(experiments.map(([what, milliseconds]) => ({ what, milliseconds })));
  const summary = await experimenter.execute();
  const rows = await Array.fromAsync(experimenter.emissions());
  const of = (what: string): readonly Row[] => {
    const ids = experiments.flatMap((experiment, index) => (experiment[0] === what ? [index + 1] : []));
    return rows.filter((row) => ids.includes(Number(row['experiment_id'])));
  };
  return { experimenter, summary, rows, of };
};

const joules = (row: Row | undefined, part: 'cpu' | 'gpu' | 'ram') => Number(row?.[`${part}_energy_kw`]) * 3.6e6;

/** The processor time that the figures are made from. */
const cpuSeconds = (row: Row | undefined) => (joules(row, 'cpu') * Number(row?.['cpu_count'])) / WATTS;

const suite = (database: () => Promise<Section>): void => {
  it('has a row for each attempt of threads, whose figures add up', async () => {
    const experiments = ['ends', 'fails', 'pauses', 'waits'].flatMap((what) =>
      Array.from({ length: 5 }, (_, index) => [what, 20 + index] as const),
    );
    const { experimenter, rows, of } = await executed(await database(), experiments);
    expect(rows).toHaveLength(20);
    const { gramsPerKwh } = gridOf('FRA');
    const attempts = await Promise.all(experiments.map((_, index) => experimenter.show(index + 1)));
    expect(new Set(rows.map((row) => row['run_id']))).toEqual(
      new Set(attempts.flatMap((story) => story.attempts.map(({ attemptId }) => attemptId))),
    );
    for (const row of rows) {
      expect(Object.keys(row).join(' ')).toBe(COLUMNS);
      expect(cpuSeconds(row)).toBeGreaterThan(0.0199);
      expect(joules(row, 'ram')).toBeGreaterThan(0);
      const parts = Number(row['cpu_energy_kw']) + Number(row['gpu_energy_kw']) + Number(row['ram_energy_kw']);
      expect(Math.abs(Number(row['energy_consumed_kw']) / parts - 1)).toBeLessThan(1e-12);
      const kilograms = (Number(row['energy_consumed_kw']) * gramsPerKwh) / 1000;
      expect(Math.abs(Number(row['emissions_kg']) / kilograms - 1)).toBeLessThan(1e-12);
      expect(Number(row['duration_seconds'])).toBeGreaterThan(0.019);
      expect(row).toMatchObject({
        country_name: 'France',
        tracking_mode: 'process',
        offline_mode: true,
        on_cloud: 'N',
      });
      expect(row['python_version']).toBe(`Node ${process.versions.node}`);
      expect(row['codecarbon_timestamp']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    }
    // who waits uses no processor
    for (const row of of('waits')) expect(cpuSeconds(row)).toBeLessThan(Number(row['duration_seconds']) - 0.15);
    await experimenter.close();
  });

  it('has a row for those that were killed, and each try of one that is tried again', async () => {
    const { experimenter, of, rows } = await executed(
      await database(),
      [
        ['ends', 1],
        ['for ever', 1],
        ['exits', 1],
      ],
      { runner: { timeoutSeconds: 0.5, retries: 1 } },
    );
    expect(rows).toHaveLength(5);
    for (const row of of('for ever')) {
      expect(Number(row['duration_seconds'])).toBeGreaterThan(0.45);
      expect(row['codecarbon_version']).toMatch(/processor time assumed\)$/);
    }
    expect(of('exits')).toHaveLength(2);
    expect(of('ends')[0]?.['codecarbon_version']).not.toMatch(/assumed/);
    await experimenter.close();
  });

  it('counts all threads and children of an experiment in a process of its own', async () => {
    const { experimenter, rows } = await executed(
      await database(),
      [
        ['ends', 300],
        ['for ever', 1],
      ],
      { runner: { isolation: 'process', timeoutSeconds: 5 } },
    );
    expect(rows).toHaveLength(2);
    const [ends] = rows.toSorted((one, other) => Number(one['experiment_id']) - Number(other['experiment_id']));
    expect(cpuSeconds(ends)).toBeGreaterThan(0.299);
    await experimenter.close();
  });

  it.each(['thread', 'process'])('counts the processor time of commands (%s)', async (isolation) => {
    const script =
      'const used = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000; while (used() < process.argv[1]);';
    const { experimenter, rows } = await executed(
      await database(),
      [
        ['a', 400],
        ['b', 410],
        ['c', 420],
      ],
      {
        experiment: { command: [process.execPath, '-e', script, '{milliseconds}'] },
        runner: { isolation, workers: 1 },
      },
    );
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(cpuSeconds(row)).toBeGreaterThan(0.35); // the kernel counts hundredths
      expect(cpuSeconds(row)).toBeLessThan(Number(row['duration_seconds']) * Number(row['cpu_count']));
      expect(row['codecarbon_version']).not.toMatch(/assumed/);
    }
    await experimenter.close();
  });

  it('has the whole machine in tracking mode machine, and writes the file of CodeCarbon', async () => {
    const outputFile = join(temporaryDirectory(), 'emissions.csv');
    const { experimenter, rows } = await executed(await database(), [['waits', 1]], {
      emissions: { trackingMode: 'machine', outputFile, cpuWatts: 100, powerUsageEffectiveness: 1.5 },
    });
    expect(Number(rows[0]?.['cpu_power_watt'])).toBeGreaterThan(9.9); // a tenth at least
    expect(rows[0]?.['power_usage_efficiency']).toBe(1.5);
    const lines = readFileSync(outputFile, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`,${String(rows[0]?.['run_id'])},`);
    await experimenter.close();
  });

  it('records nothing while it is off', async () => {
    const { experimenter, rows } = await executed(await database(), [['ends', 1]], { emissions: { enabled: false } });
    expect(rows).toEqual([]);
    await experimenter.close();
  });
};

describe('emissions on sqlite', () => {
  suite(async () => ({ provider: 'sqlite', file: join(temporaryDirectory(), 'study.sqlite') }));
});

describeOnMysql('emissions', (server) => {
  const created = createDatabase(server);
  suite(async () => {
    const { host, port, user, password, database: name } = await created;
    return { provider: 'mysql', host, port, name, user, password };
  });
});
