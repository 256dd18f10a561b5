/*
 * A service of your own that runs two studies side by side in one process, each with its own database, function and
 * workers, and hears of every experiment as it is recorded.
 *
 *   node examples/two-studies/main.ts [directory for the databases]
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Experimenter } from 'ts-experimenter';

const directory = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'two-studies-'));
const module = fileURLToPath(new URL('./estimate.experiment.ts', import.meta.url));

/** Estimates pi by throwing darts; the two studies differ in what they vary. */
const open = (name: string, samples: number[], seeds: number): Promise<Experimenter> =>
  Experimenter.open({
    config: {
      experiment: { module },
      database: { provider: 'sqlite', file: join(directory, `${name}.sqlite`) },
      table: {
        name,
        keyfields: {
          samples: { type: 'INT', values: samples },
          seed: { type: 'INT', values: { start: 0, stop: seeds, step: 1 } },
        },
        resultfields: { estimate: 'DOUBLE', deviation: 'DOUBLE' },
      },
    },
  });

const rough = await open('rough', [100, 1_000], 10);
const fine = await open('fine', [10_000, 100_000], 5);

const told: string[] = [];
const [first, second] = await Promise.all([
  rough.run({ workers: 1, onEvent: ({ event, id }) => told.push(`rough ${id} ${event}`) }),
  fine.run({ workers: 1, onEvent: ({ event, id }) => told.push(`fine ${id} ${event}`) }),
]);

const mean = async (study: Experimenter): Promise<number> => {
  const errors = (await study.rows()).map((row) => Number(row.deviation));
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
};
console.log(`rough: ${first.done} done, mean deviation ${(await mean(rough)).toFixed(4)}`);
console.log(`fine: ${second.done} done, mean deviation ${(await mean(fine)).toFixed(4)}`);
console.log(`${told.length} events`);
await Promise.all([rough.close(), fine.close()]);
