import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { ErrorData } from '../../../application/ports/worker-messages.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { startThread } from '../../system/thread-limit.ts';
import { entryFile, threadFlags, workerEnvironment } from '../../system/child-start.ts';

/** Longest time to load a module. A model or a data set on a slow disk may take minutes. */
const LIMIT_MILLISECONDS = 15 * 60_000;
/** After this time a note says that the module is still being loaded. */
const NOTE_MILLISECONDS = 10_000;
const WRITE = 'Write: export default defineExperiment(async ({ keyfields }) => { … })';

/**
 * Loads a module in a throw-away thread before anything is claimed. A module may take minutes to load; `note` hears so
 * after ten seconds. Throws `MODULE_INVALID` naming the file, what was found (missing, syntax error with its line, an
 * error thrown while loading, loading that never ends, no default export, a default export that is no function) and what
 * to write.
 */
export const checkModule = async (
  file: string,
  note: (text: string) => void = () => {},
  times = { note: NOTE_MILLISECONDS, limit: LIMIT_MILLISECONDS },
): Promise<void> => {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw invalid(
      `${file}: ${found ? 'is no file' : 'there is no such file'}. Name the module of your experiment function in experiment.module. ${WRITE}`,
    );
  const error = await load(file, note, times);
  if (!error) return;
  if (error.code === 'MODULE_INVALID' && !error.stack.includes('\ncaused by: ')) throw invalid(error.message);
  const place = error.stack.includes('SyntaxError') ? await syntaxError(file) : undefined;
  const what = place ?? error.stack.replace(/^[^]*?\ncaused by: /, '');
  const hint = error.stack.includes('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    ? '\nNode only strips types: enums, namespaces, parameter properties and decorators need a compiler.'
    : '';
  throw invalid(`${file} cannot be loaded: ${what}${hint}`);
};

/** Resolves with what was wrong. */
const load = async (
  file: string,
  note: (text: string) => void,
  times: { readonly note: number; readonly limit: number },
): Promise<ErrorData | null> => {
  const thread = startThread(
    () =>
      new Worker(entryFile(import.meta.url, 'check-worker'), {
        workerData: resolve(file),
        env: workerEnvironment(process.env),
        execArgv: threadFlags(process.execArgv),
        // each worker thread prints what the module prints while it is loaded: not here, too
        stdout: true,
        stderr: true,
      }),
  );
  thread.stdout.resume();
  thread.stderr.resume();
  const never = 'a top-level await in it, or in what it imports, never ends';
  const { promise, resolve: settle } = Promise.withResolvers<ErrorData | null>();
  const noting = setTimeout(
    () =>
      note(`${file} is still being loaded after ${times.note / 1000} s; it may take ${times.limit / 60_000} minutes`),
    times.note,
  );
  const limit = setTimeout(
    () => settle(told(`it is still not loaded after ${times.limit / 1000} s; perhaps ${never}`)),
    times.limit,
  );
  thread.on('message', settle);
  thread.on('error', (error: Error) => settle(told(error.message)));
  thread.on('exit', () => settle(told(never)));
  try {
    return await promise;
  } finally {
    clearTimeout(noting);
    clearTimeout(limit);
    void thread.terminate();
  }
};

const told = (message: string): ErrorData => ({ name: 'Error', message, stack: `Error: ${message}` });

/** The place of a syntax error, which an import in a thread does not report. */
const syntaxError = async (file: string): Promise<string | undefined> => {
  try {
    await promisify(execFile)(process.execPath, ['--check', file], {
      timeout: 5_000,
      env: workerEnvironment(process.env),
    });
    return undefined; // it is in something the module imports
  } catch (error) {
    const text = (error as { stderr?: string }).stderr ?? '';
    return text.split(/\n[^\S\n]+at /, 1)[0]?.trim() || undefined;
  }
};

/** Throws `MODULE_INVALID` if the program of a command cannot be started: not on PATH, or not executable. */
export const checkProgram = async (program: string, env: NodeJS.ProcessEnv = process.env): Promise<void> => {
  if (process.platform === 'win32' && /\.(bat|cmd)$/i.test(program)) {
    throw invalid(
      `${program}: batch files need a shell, which would read values as commands; name the program they start`,
    );
  }
  const folders = /[\\/]/.test(program) ? [''] : (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const endings = process.platform === 'win32' ? ['', '.exe', '.com'] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder === '' ? resolve(program + ending) : join(folder, program + ending);
      const executable = await access(path, constants.X_OK)
        .then(() => stat(path))
        .then(
          (found) => found.isFile(),
          () => false,
        );
      if (executable) return;
    }
  }
  const where =
    folders[0] === '' ? `${resolve(program)} is missing or not executable` : 'there is no such program on PATH';
  throw invalid(`experiment.command starts ${JSON.stringify(program)}: ${where}. Install it, or name it with its path`);
};

const invalid = (message: string) => new ExperimenterError('MODULE_INVALID', message);
