import { Worker } from 'node:worker_threads';
import type { ExperimentFunction } from '../../domain/experiment-function.ts';
import type { Claimed } from '../../domain/experiment-repository.ts';
import { killGroup } from './child-group.ts';
import { commandExperiment } from './command-experiment.ts';
import { executeChunk } from './execute-chunk.ts';
import type { Execution } from './execution.ts';
import { writeFrame } from './frames.ts';
import { loadExperiment } from './load-experiment.ts';
import { MESSAGES, type ProcessMessage, type ProcessRequest, type Setup, type WatchData } from './process-data.ts';
import { processTime } from './processor-time.ts';
import { RunCell } from './run-cell.ts';
import { watchForStalls } from './stall-watch.ts';
import { guardThread } from './thread-guard.ts';
import { entryFile } from './thread-start.ts';

/* The entry of the process of a slot: like the worker thread's, nothing but node:, the domain and its own folder. */

/** Knows the process group of a running command; also to the thread that watches. */
const groups = new RunCell();
let setup: Setup | undefined;
let running: Execution | undefined;
let grace = 0;
let loaded: Promise<ExperimentFunction> | undefined;

const post = (message: ProcessMessage): void => {
  try {
    writeFrame(MESSAGES, message);
  } catch {
    killGroup(groups.child);
    killGroup(process.pid); // the runner is dead
  }
};

guardThread({
  place: 'process',
  running: () => running,
  print: (text) => {
    post({ type: 'printed', text });
    return true;
  },
  dying: (cause) => post({ type: 'dying', cause }),
});
process.on('exit', () => killGroup(groups.child));

const load = async ({ data: { study, source, custom } }: Setup): Promise<ExperimentFunction> =>
  source.kind === 'module'
    ? loadExperiment(source.file)
    : commandExperiment(source.command, {
        study,
        custom,
        onChild: (pid) => {
          groups.child = pid;
          post({ type: 'grouped', pid });
        },
        graceMilliseconds: () => grace,
      });

const begin = (first: Setup): void => {
  setup = first;
  const workerData: WatchData = { cell: groups.buffer, mostBytes: first.mostBytes };
  new Worker(entryFile('watch-worker'), { workerData, execArgv: [], env: {} }).unref();
  watchForStalls(() => running);
  post({ type: 'up' });
};

const execute = async (claimed: Claimed): Promise<void> => {
  const started = setup;
  if (!started) return;
  await executeChunk([claimed], new RunCell(), {
    study: started.data.study,
    custom: started.data.custom,
    post,
    processorTime: started.data.study.emissions ? processTime : undefined,
    load: () => (loaded ??= load(started)),
    onStart: (execution) => {
      running = execution;
      post({ type: 'begun' });
    },
  });
  running = undefined;
};

process.on('message', (request: ProcessRequest) => {
  if (request.type === 'setup') begin(request);
  else if (request.type === 'execute') void execute(request.claimed);
  else {
    grace = request.graceMilliseconds;
    running?.abort();
  }
});
// the channel is the runner's: an experiment that looks for a parent to talk to finds none
delete process.send;
delete (process as { disconnect?: unknown }).disconnect;
Object.defineProperty(process, 'connected', { configurable: true, value: false });
