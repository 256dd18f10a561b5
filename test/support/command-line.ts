import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './databases.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The path of a file in test/fixtures. */
export const fixture = (path: string): string => file(`test/fixtures/${path}`);

/** The built command line; another build can be named, an installed package for example. */
const main = process.env['TS_EXPERIMENTER_TEST_MAIN'] ?? file('dist/main.js');
const node = file('node_modules/.bin/node');
/** The command line as the beginning of an argument list, for those who start it through something else. */
export const mainCommand: readonly string[] = [node, main];

/** How a process ended, and everything it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of ours under way. */
export interface Process {
  readonly ended: Promise<Ended>;
  readonly pid: number;
  /** What it has said so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Nobody reads what it says any more. */
  closeOutput(): void;
}

/** A directory with a study of test/fixtures/cli/kinds.ts, and the command line to it. */
export interface StudyFolder {
  readonly path: string;
  write(name: string, content: unknown): string;
  files(): readonly string[];
  start(...args: readonly string[]): Process;
  /** Runs it to its end. */
  call(...args: readonly string[]): Promise<Ended>;
  /** The same with these environment variables over ours. */
  callWith(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ended>;
}

/** The configuration of a study with these experiments; `more` replaces whole sections. */
export const kindsStudy = (
  kinds: readonly string[],
  seeds: readonly number[] = [1],
  more: object = {},
): Record<string, unknown> => ({
  experiment: { module: file('test/fixtures/cli/kinds.ts') },
  database: { provider: 'sqlite', file: './study.sqlite' },
  table: {
    name: 'study',
    keyfields: { kind: { type: 'VARCHAR(255)', values: kinds }, seed: { type: 'INT', values: seeds } },
    resultfields: { accuracy: 'DOUBLE', big: 'BIGINT', text: 'TEXT', extra: 'JSON' },
    logtables: { steps: { step: 'INT', text: 'TEXT' } },
  },
  runner: { workers: 1 },
  ...more,
});

/** A study in a directory of its own, its configuration in study.json, which every call is given. */
export const studyFolder = (configuration: unknown): StudyFolder => {
  const path = temporaryDirectory();
  const write = (name: string, content: unknown): string => {
    const target = join(path, name);
    writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    return target;
  };
  const config = write('study.json', configuration);
  const start = (...args: readonly string[]): Process => startMain([...args, '--config', config], path);
  return {
    path,
    write,
    files: () => readdirSync(path).toSorted(),
    start,
    call: async (...args) => start(...args).ended,
    callWith: async (environment, ...args) => startMain([...args, '--config', config], path, environment).ended,
  };
};

/** Starts the command line as a process of its own, without a terminal. */
export const startMain = (args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): Process => {
  const child = spawn(node, [main, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...said }));
  });
  return {
    ended,
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    kill: (signal) => void child.kill(signal),
    closeOutput: () => [child.stdout, child.stderr].forEach((stream) => stream.destroy()),
  };
};

/** A deadline ends a hang and measures nothing: ten times what a busy machine takes. */
export const PATIENCE_SECONDS = 600;

/** Waits until it holds; fails after a deadline, saying what did not come. */
export const until = async (what: string, holds: () => boolean, seconds = PATIENCE_SECONDS): Promise<void> => {
  const deadline = performance.now() + seconds * 1_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(10);
  }
};

export const fileExists = async (path: string): Promise<void> => until(`the file ${path}`, () => existsSync(path));

/** Lines of JSON. */
export const jsonLines = (text: string): readonly Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
