import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Experimenter } from 'ts-experimenter';
import { type Database, secondsSince } from './measure.ts';

/** The built command line. */
export const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** An experiment that writes two resultfields and does nothing else. */
const NO_OP = 'export default ({ keyfields: { a } }) => ({ x: a / 3, y: a * 2 });\n';

/** Writes down what a process has used when it ends, its threads included. */
const USAGE = `
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { peakMegabytes: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
  writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
`;

export interface StudyOptions {
  /** The grid: one keyfield `a`, 0 to n − 1. */
  readonly n: number;
  /** So many keyfields `b` for each `a`, n being a multiple of it: a description that does not grow with its product. */
  readonly each?: number;
  /** The grid itself, instead of `a` and `b`. */
  readonly keyfields?: Readonly<Record<string, object>>;
  readonly workers?: number;
  /** The experiment module's text. Default: a no-op. */
  readonly experiment?: string;
  readonly logtables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What a process took. */
export interface Used {
  /** From its start to its end. */
  readonly seconds: number;
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
}

/** What a process of the command line took and said. */
export interface Finished extends Used {
  /** The last line of its standard output. */
  readonly last: Readonly<Record<string, number>>;
}

/** A throw-away study in a directory of its own: an integer keyfield `a` and the resultfields `x` and `y`. */
export interface Study {
  readonly config: string;
  /** Its SQLite file. */
  readonly file: string;
  readonly table: string;
  readonly experimenter: Experimenter;
  /** The command line as a process of its own. Throws unless it succeeds. */
  cli(verb: string, ...flags: readonly string[]): Promise<Finished>;
  /** The same for a verb of several words whose output is read by nobody; it is not told to be quiet. */
  used(...words: readonly string[]): Promise<Used>;
  /** A script as a process of its own, which gets these arguments. */
  script(text: string, ...words: readonly string[]): Promise<Used>;
  /** Throws unless so many experiments are done: what is not finished is not measured. */
  requireDone(n: number): Promise<void>;
}

let studies = 0;

/** Lends a study without any table; everything of it is gone afterwards. */
export const withStudy = async <Result>(
  database: Database,
  { n, each, keyfields, workers = 2, experiment = NO_OP, logtables = {} }: StudyOptions,
  work: (study: Study) => Promise<Result>,
): Promise<Result> => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const [config, file] = [join(directory, 'bench.json'), join(directory, 'bench.sqlite')];
  const table = `bench_${process.pid}_${(studies += 1)}`;
  writeFileSync(join(directory, 'experiment.mjs'), experiment);
  writeFileSync(join(directory, 'usage.mjs'), USAGE);
  writeFileSync(
    config,
    JSON.stringify({
      experiment: { module: './experiment.mjs' },
      database: database.name === 'sqlite' ? { provider: 'sqlite', file } : section(database.url),
      table: {
        name: table,
        keyfields: keyfields ?? { a: range(n / (each ?? 1)), ...(each !== undefined && { b: range(each) }) },
        resultfields: { x: 'DOUBLE', y: 'DOUBLE' },
        logtables,
      },
      runner: { workers },
    }),
  );
  const experimenter = await Experimenter.open({ config });
  let processes = 0;
  const node = (...words: readonly string[]) =>
    command(join(directory, `usage-${(processes += 1)}.json`), [`--import=${join(directory, 'usage.mjs')}`, ...words]);
  const study: Study = {
    config,
    file,
    table,
    experimenter,
    cli: async (verb, ...flags) => {
      const { tail, ...used } = await node(main, verb, '--config', config, '--json', '--quiet', ...flags);
      return { ...used, last: JSON.parse(tail.trim().split('\n').at(-1) ?? '{}') as Record<string, number> };
    },
    used: (...words) => node(main, ...words, '--config', config),
    script: (text, ...words) => {
      const script = join(directory, `script-${(processes += 1)}.mjs`);
      writeFileSync(script, text);
      return node(script, ...words);
    },
    requireDone: async (wanted) => {
      const { done } = await experimenter.counts();
      if (done !== wanted) throw new Error(`${done} of ${wanted} experiments are done`);
    },
  };
  try {
    return await work(study);
  } finally {
    await experimenter.delete();
    await experimenter.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

export const range = (stop: number) => ({ type: 'INT', values: { start: 0, stop, step: 1 } });

const command = async (usage: string, flags: readonly string[]): Promise<Used & { readonly tail: string }> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(process.execPath, flags, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, BENCH_USAGE: usage },
    });
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-4_000)));
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = secondsSince(begun);
      if (code === 0) {
        const used = JSON.parse(readFileSync(usage, 'utf8')) as Omit<Used, 'seconds'>;
        resolve({ seconds, tail, ...used });
      } else reject(new Error(`${flags.slice(1).join(' ')} ended with ${code}: ${tail}`));
    });
  });

const section = (url: URL) => ({
  provider: 'mysql',
  host: url.hostname,
  port: Number(url.port || 3306),
  name: url.pathname.slice(1),
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
});
