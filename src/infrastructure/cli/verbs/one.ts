import type { ExecuteOptions } from '../../../application/runner/execute.ts';
import type { Experimenter } from '../../../application/experimenter.ts';
import type { RunSummary } from '../../../application/runner/run-events.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Experiment } from '../../../domain/experiment/experiment.ts';
import { confirm } from '../arguments/confirm.ts';
import { RunDisplay, finishedText } from '../progress/run-display.ts';
import { exitCodeOfRun } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { foregroundProgress } from '../progress/progress.ts';
import { keyfieldsText } from '../progress/progress-text.ts';
import { chosenStudy, commandOf, withStudy } from '../arguments/session.ts';
import { fieldLines } from './show.ts';
import { plainLines } from '../../text/terminal-text.ts';
import { duration } from '../../text/format.ts';
import { open, url } from 'node:inspector';
import type { ExperimentSource } from '../../../application/ports/ports.ts';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import { loadExperiment } from '../../workers/experiment/load-module.ts';
import { usage, wholeNumber } from '../arguments/flag-values.ts';

/** A debugger stops the heartbeats. The lease is so long that no runner reaps the experiment meanwhile. */
const DEBUGGING_LEASE_SECONDS = 12 * 3600;

/** Executes exactly this experiment in the foreground, with a lease like any other. */
export const one: Verb = async (flags, argument) => {
  const id = wholeNumber('id', argument);
  const chosen = await chosenStudy(flags);
  const { inspectBrk } = flags;
  const debugging: ExecuteOptions =
    inspectBrk === undefined || inspectBrk === false
      ? {}
      : {
          experiment: await underDebugger(chosen.configuration.experiment, inspectBrk),
          isolation: 'thread',
          timeoutSeconds: null,
          leaseSeconds: DEBUGGING_LEASE_SECONDS,
        };
  const display = new RunDisplay(flags, foregroundProgress(process.stderr, flags.quiet === true));
  try {
    return await withStudy(
      chosen,
      async (experimenter) => {
        const { experiment } = await experimenter.show(id);
        await makeOpen(experimenter, experiment, flags);
        if (flags.quiet !== true) display.progress.line(`Experiment ${id}: ${keyfieldsText(experiment.keyfields)}`);
        const only = { created: 1, running: 0, done: 0, error: 0, paused: 0 };
        const { summary } = await display.run(only, { workers: 1 }, (options) =>
          experimenter.execute({
            ...options,
            workers: 1,
            maxExperiments: 1,
            retries: 0,
            ...debugging,
            selection: { ids: [[id, id]] },
          }),
        );
        if (flags.json === true) display.say(finishedText(0, summary));
        else if (flags.quiet !== true) tell((await experimenter.show(id)).experiment, summary, flags, display);
        const withoutResults = flags.strict === true ? summary.withoutResults : 0;
        return exitCodeOfRun({ signal: display.stop.signal, open: 0, failed: summary.error, withoutResults });
      },
      { executes: true, writeLine: (line) => display.log(line) },
    );
  } finally {
    display.end();
  }
};

/** Opens an ended experiment again if `--again` is given. Results are only lost after a confirmation. */
const makeOpen = async (experimenter: Experimenter, { id, status }: Experiment, flags: Flags): Promise<void> => {
  if (status === 'created') return;
  const conflict = (advice: string): ExperimenterError =>
    new ExperimenterError('STATE_CONFLICT', `experiment ${id} is ${status}: ${advice}`);
  if (status === 'running') throw conflict('a runner executes it now');
  const resume = status === 'paused' ? `, \`${commandOf(`resume ${id}`, flags)}\` continues it` : '';
  if (flags.again !== true) throw conflict(`--again resets it and executes it from the beginning${resume}`);
  if (status !== 'error') await confirm(`The results of experiment ${id} would be lost.`, flags);
  const { reset } = await experimenter.reset({ ids: [[id, id]] });
  if (reset === 0) throw conflict('it could not be reset, because a runner has just claimed it');
};

/** Writes how the experiment ended, with its results or its error. */
const tell = (experiment: Experiment, summary: RunSummary, flags: Flags, display: RunDisplay): void => {
  const { id, error, results } = experiment;
  const look = `\`${commandOf(`show ${id}`, flags)}\``;
  const after = `after ${duration(summary.seconds)}`;
  if (summary.executed === 0) display.say(`Experiment ${id} was released: it is open as before.`);
  else if (summary.error > 0) display.say(`${plainLines(error ?? '')}\n\nExperiment ${id} failed, ${after}: ${look}`);
  else {
    const lines = fieldLines(results);
    const done = summary.withoutResults > 0 ? 'is done, without any of the declared results' : 'is done';
    const how = summary.paused > 0 ? 'is paused' : done;
    display.say([...lines, ...(lines.length > 0 ? [''] : []), `Experiment ${id} ${how}, ${after}: ${look}`].join('\n'));
  }
};

const PORT = '9229';

/**
 * Waits for a debugger, then loads the experiment into this thread, where it stops at the beginning of the function.
 * Nothing is claimed yet, and Ctrl-C still ends the process. Throws `USAGE` for a command, which this debugger cannot
 * stop.
 */
export const underDebugger = async (
  source: ExperimentSource | null,
  port: string | true,
): Promise<ExperimentFunction> => {
  if (source?.kind !== 'module') {
    const found = source === null ? 'there is no experiment' : 'the experiment is a command';
    throw usage(`--inspect-brk: ${found}; allowed is a module, which runs in this process`);
  }
  const number = wholeNumber('--inspect-brk', port === true ? PORT : port);
  // Node itself writes where it listens.
  if (url() === undefined) open(number, '127.0.0.1', true);
  const experiment = await loadExperiment(source.file);
  return (parameters, context) => {
    // oxlint-disable-next-line no-debugger -- this is what the flag is for: step into the experiment from here
    debugger;
    return experiment(parameters, context);
  };
};
