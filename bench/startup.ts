import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { alternate, type Database, type Options, report, secondsSince } from './measure.ts';
import { main, type Study, withStudy } from './study.ts';

/*
 * Processes from their start to their end, at least 15 of each in turns: `--version` beside a Node that does nothing,
 * `status` of a small study beside a Node that loads the ORM; and from a runner's start to its first experiment's.
 */

const LEAST = 15;
const ROWS = 100;
/** Notes when it began, in milliseconds of the wall clock. */
const EXPERIMENT = `
import { writeFileSync } from 'node:fs';
export default () => writeFileSync(new URL('began.txt', import.meta.url), String(performance.timeOrigin + performance.now()));
`;

/** Milliseconds. */
const took = async (...flags: readonly string[]): Promise<number> => {
  const begun = performance.now();
  // In the repository, so that the ORM is found.
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'], cwd: import.meta.dirname });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${flags.join(' ')} ended with ${code}`);
  return secondsSince(begun) * 1_000;
};

const firstExperiment = async ({ config, experimenter }: Study): Promise<number> => {
  await experimenter.reset({});
  const begun = performance.timeOrigin + performance.now();
  await took(main, 'run', '--config', config, '--json', '--quiet');
  const note = new URL('began.txt', `file://${config}`);
  if (!existsSync(note)) throw new Error('no experiment began');
  return Number(readFileSync(note, 'utf8')) - begun;
};

const measure = async (database: Database, runs: number): Promise<void> => {
  const orm = `@mikro-orm/${database.name}`;
  await withStudy(database, { n: ROWS }, async (small) =>
    withStudy(database, { n: 1, experiment: EXPERIMENT }, async (single) => {
      await small.experimenter.fillFromConfig();
      await single.experimenter.fillFromConfig();
      const [node = [], imported = [], version = [], status = [], first = []] = await alternate(runs, [
        () => took('-e', '0'),
        () => took('--input-type=module', '-e', `import '${orm}'`),
        () => took(main, '--version'),
        () => took(main, 'status', '--config', small.config),
        () => firstExperiment(single),
      ]);
      const common = { bench: 'startup', database, unit: 'ms' } as const;
      const withOrm = { what: `node -e "import '${orm}'"`, runs: imported };
      report({ ...common, what: '--version', n: 0, runs: version, to: { what: 'node -e 0', runs: node } });
      report({ ...common, what: 'status', n: ROWS, runs: status, to: withOrm });
      report({ ...common, what: 'start to first experiment', n: 1, runs: first, to: withOrm });
    }),
  );
};

export const bench = async ({ runs, databases }: Options): Promise<void> => {
  for (const database of databases) await measure(database, Math.max(LEAST, runs));
};
