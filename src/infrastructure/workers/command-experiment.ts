import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ExperimentStatus } from '../../domain/experiment.ts';
import type { ExperimentContext, ExperimentFunction } from '../../domain/experiment-function.ts';
import type { StudyDefinition } from '../../domain/study.ts';
import { killGroup } from './child-group.ts';
import { actOnLine } from './command-message.ts';
import { CommandTemplate, toJson } from './command-template.ts';
import { Lines } from './lines.ts';

/** Characters of other output that an error quotes. */
const TAIL = 8_192;

/** What a command needs besides itself. */
export interface CommandSurroundings {
  readonly study: StudyDefinition;
  readonly custom: Readonly<Record<string, unknown>>;
  /** The process group that runs now, 0 when it has ended: who kills the thread must kill the group. */
  readonly onChild: (pid: number) => void;
  /** From the abort of its signal to the kill of its thread. */
  readonly graceMilliseconds: () => number;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Makes an experiment function of a program: argv array, no shell, a process group of its own, killed as a group when
 * the program ends, fails, is refused a message or is aborted. The experiment is one line of JSON on standard input:
 * `{"v":1,"id","attempt","keyfields","custom"}`. Throws `CONFIG_INVALID` for a template that makes no sense.
 */
export const commandExperiment = (command: readonly string[], around: CommandSurroundings): ExperimentFunction => {
  const { study, custom, onChild } = around;
  const template = new CommandTemplate(command, { keyfields: study.keyfields.map(({ name }) => name), custom });
  return async ({ keyfields, signal }, context) => {
    const values = { id: context.experimentId, attempt: context.attempt, keyfields, custom };
    const [program, ...args] = template.argv(values);
    const child = spawn(program, args, { stdio: 'pipe', detached: true, shell: false, windowsHide: true });
    onChild(child.pid ?? 0);
    let last: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child.pid ?? 0, 'SIGTERM');
      // before the thread itself is killed: only a living thread sees its child end, and lets it go
      last = setTimeout(() => killGroup(child.pid ?? 0), around.graceMilliseconds() * 0.6);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await followed(child, program, context, `${toJson({ v: 1, ...values })}\n`);
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(last);
      killGroup(child.pid ?? 0);
      onChild(0);
    }
  };
};

/** Feeds the program, acts on its messages, and tells how it ended. */
const followed = (child: Child, program: string, context: ExperimentContext, input: string) =>
  new Promise<typeof ExperimentStatus.Paused | undefined>((resolve, reject) => {
    let tail = '';
    let paused = false;
    const other = (line: string) => {
      process.stderr.write(`[experiment ${context.experimentId}] ${line}\n`);
      tail += `${line}\n`;
      if (tail.length > 4 * TAIL) tail = tail.slice(-TAIL);
    };
    const output = new Lines((line, whole) => {
      const what = actOnLine(line, whole, context);
      if (what === 'other') other(line);
      if (what === 'paused') paused = true;
    });
    const errors = new Lines(other);
    const attempt = (act: () => void) => {
      try {
        act();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error))); // a refused message ends the experiment, and its group with it
      }
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => attempt(() => output.write(text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.write(text));
    child.stdin.on('error', () => {}).end(input); // a program need not read it
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`the program ${program} was not found`, { cause: error }) : error),
    );
    child.on('exit', () => killGroup(child.pid ?? 0)); // nothing it left behind may keep its pipes open
    child.on('close', (code, signal) => {
      attempt(() => output.end());
      errors.end();
      if (code === 0) {
        resolve(paused ? ExperimentStatus.Paused : undefined);
        return;
      }
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      const said = tail === '' ? 'it printed nothing' : `the last it printed:\n${tail.slice(-TAIL)}`;
      reject(new Error(`the command ${program} ${how}; ${said}`));
    });
  });
