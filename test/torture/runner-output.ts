import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where a runner's output goes: to files; or its standard output into a pipe that this process reads; or its standard
 * error onto a terminal, which shows how the run goes. What is acknowledged ends in a file in each case.
 */
export type OutputKind = 'files' | 'pipe' | 'terminal';

export interface Files {
  readonly output: string;
  readonly errors: string;
  /** Where a runner on a terminal has its process id written. */
  readonly pid: string;
  /** Where it has its exit code written. */
  readonly exit: string;
}

/** A program that runs. */
export interface Running {
  /** The program's own; undefined: not known yet. */
  readonly pid: () => number | undefined;
  /** Nothing takes the output any more, until what it returns is called; undefined: it goes to files. */
  readonly block: (() => () => void) | undefined;
  readonly ended: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
}

/** Starts Node with these arguments. */
export const start = (
  kind: OutputKind,
  command: readonly string[],
  files: Files,
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): Running => {
  const [output, errors] = [openSync(files.output, 'a'), openSync(files.errors, 'a')];
  try {
    if (kind === 'terminal') return onTerminal(command, files, errors, options);
    const stdout = kind === 'pipe' ? 'pipe' : output;
    const child = spawn(process.execPath, command, { ...options, stdio: ['ignore', stdout, errors] });
    // without an encoding: a character may come in two pieces
    child.stdout?.on('data', (bytes: Buffer) => appendFileSync(files.output, bytes));
    const block = () => {
      child.stdout?.pause();
      return () => void child.stdout?.resume();
    };
    return { pid: () => child.pid, block: kind === 'pipe' ? block : undefined, ended: endOf(child) };
  } finally {
    closeSync(output);
    closeSync(errors);
  }
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** `script` is the terminal: stopped it reads nothing, as one does whose window is gone or whose user pressed Ctrl-S. */
const onTerminal = (
  command: readonly string[],
  files: Files,
  errors: number,
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): Running => {
  const program = [process.execPath, ...command].map(quoted).join(' ');
  const line = `${program} >>${quoted(files.output)} & echo $! >${quoted(files.pid)}; wait $!; code=$?; echo $code >${quoted(files.exit)}; exit $code`;
  const child = spawn('script', ['-q', '-e', '-f', '-c', line, '/dev/null'], {
    ...options,
    env: { ...options.env, SHELL: '/bin/sh', TERM: 'xterm' },
    stdio: ['ignore', errors, errors],
  });
  let found: number | undefined;
  const pid = (): number | undefined => {
    found ??= numberIn(files.pid);
    return found;
  };
  const block = () => {
    child.kill('SIGSTOP');
    return () => void child.kill('SIGCONT');
  };
  const ended = endOnTerminal(child, files).then(
    ([code, signal]) => (code === 137 ? ([null, 'SIGKILL'] as const) : ([code, signal] as const)), // 128 + 9, as shells say it
  );
  return { pid, block, ended };
};

/** `script` may miss the end of its program, if that comes while it is stopped. */
const endOnTerminal = async (
  child: ChildProcess,
  files: Files,
): Promise<readonly [number | null, NodeJS.Signals | null]> => {
  const closed = endOf(child);
  const over = new AbortController();
  void closed.then(() => over.abort());
  while (!over.signal.aborted && numberIn(files.exit) === undefined) await sleep(200);
  await Promise.race([closed, sleep(5_000, undefined, { ref: false })]);
  if (over.signal.aborted) return closed;
  child.kill('SIGKILL');
  await closed;
  return [numberIn(files.exit) ?? null, null];
};

/** `close`: after everything that it said has been read. */
const endOf = async (child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> =>
  (await once(child, 'close')) as [number | null, NodeJS.Signals | null];

const numberIn = (file: string): number | undefined => {
  try {
    const number = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isNaN(number) ? undefined : number;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
