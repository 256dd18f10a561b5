import { setImmediate as turn } from 'node:timers/promises';
import { tracebackLine } from '../../../domain/experiment/error-line.ts';
import { ExperimentStatus } from '../../../domain/experiment/experiment.ts';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import { writeJson } from '../../../domain/values/json-column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { killGroup } from '../../system/child-start.ts';
import { CommandOutput } from './command-output.ts';
import { CommandTemplate } from './command-template.ts';
import { GroupWatch } from './group-watch.ts';
import { programEnd, ProgramError } from '../execution/program-end.ts';
import { type Program, startProgram } from './program-start.ts';

/** After a program's exit: the time that its descendants have to close its output before they are killed. */
const LAST_OUTPUT_MILLISECONDS = 250;

/** Characters, more than full pipes hold. What is printed after that does not belong to the program. */
const MOST_LEFT = 4 * 1024 * 1024;

/** What a command needs besides itself. */
export interface CommandDependencies {
  readonly study: StudyDefinition;
  readonly custom: Readonly<Record<string, unknown>>;
  /** Called with the process group that runs now, 0 when it has ended: a kill of the thread must kill the group. */
  readonly onChild: (pid: number) => void;
  /** Time from the abort of its signal to the kill of its thread. */
  readonly graceMilliseconds: () => number;
  /** Writes into the runner's log. */
  readonly warn: (text: string) => void;
}

/**
 * Makes an experiment function of a program: argv array, no shell, a process group of its own. The group is killed
 * when the program ends, fails or is aborted, when a message is refused, and when its thread or its runner dies. The experiment is
 * one line of JSON on standard input: `{"v":1,"id","attempt","keyfields","custom"}`. Throws `CONFIG_INVALID` for a
 * template that cannot be filled.
 */
export const commandExperiment = (command: readonly string[], deps: CommandDependencies): ExperimentFunction => {
  const { study, custom } = deps;
  const template = new CommandTemplate(command, { keyfields: study.keyfields.map(({ name }) => name), custom });
  const watch = new GroupWatch(deps.warn);
  const onGroup = (pid: number): void => {
    watch.watch(pid);
    deps.onChild(pid);
  };
  return async ({ keyfields, signal }, context) => {
    const values = { id: context.experimentId, attempt: context.attempt, keyfields, custom };
    const [program, ...args] = template.argv(values);
    const warn = (text: string) => deps.warn(`experiment ${context.experimentId}: ${text}`);
    watch.start();
    const child = await startProgram({ program, args, signal, onGroup, warn });
    let last: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child.pid ?? 0, 'SIGTERM');
      // before the thread is killed: only a living thread notices the end of its child
      last = setTimeout(() => killGroup(child.pid ?? 0), deps.graceMilliseconds() * 0.6);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const output = new CommandOutput(context, warn);
      const { code, signal: killer } = await followed(child, output, `${writeJson({ v: 1, ...values })}\n`);
      if (code === 0) return output.paused ? ExperimentStatus.Paused : undefined;
      const how = killer === null ? `exited with code ${code}` : `was killed by ${killer}`;
      const traceback = tracebackLine(output.lastOutput);
      const told = traceback === '' ? '' : `${traceback}; `;
      throw new ProgramError(`${told}the command ${program} ${how}; ${output.lastOutput}`, programEnd(code, killer));
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(last);
      killGroup(child.pid ?? 0);
      child.stdout.destroy(); // a process outside the group may hold them forever
      child.stderr.destroy();
      onGroup(0);
    }
  };
};

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Writes the input, and acts on the program's messages. Resolves with its end when all of its output was read. */
const followed = (child: Program, output: CommandOutput, input: string): Promise<Exit> =>
  new Promise((resolve, reject) => {
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error))); // a refused message ends the experiment and its process group
      }
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => attempt(() => output.print(text)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => attempt(() => output.printError(text)));
    child.stdin.on('error', () => {}).end(input); // a program need not read it
    child.on('error', reject);
    const closed = new Promise((settle) => child.on('close', settle));
    const drain = async (exit: Exit): Promise<void> => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LAST_OUTPUT_MILLISECONDS);
      await Promise.race([closed, late.promise]);
      clearTimeout(timer);
      killGroup(child.pid ?? 0); // its descendants must not keep its pipes open
      // what was printed before is in the pipes: they are read until a turn of the event loop brings nothing more
      const most = output.characters + MOST_LEFT;
      let before: number;
      do {
        before = output.characters;
        await turn();
        await turn();
      } while (output.characters > before && output.characters < most);
      attempt(() => output.end());
      resolve(exit);
    };
    child.on('exit', (code, signal) => void drain({ code, signal }));
  });
