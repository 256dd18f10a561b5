import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import { killGroup, entryFile } from '../../system/child-start.ts';
import { commandExperiment } from '../command/command.ts';
import { toErrorData } from '../execution/error-data.ts';
import { executeChunk } from '../execution/execute-chunk.ts';
import type { Execution } from '../execution/execution.ts';
import { FrameReader, writeFrame } from './frames.ts';
import { loadExperiment } from '../experiment/load-module.ts';
import {
  MESSAGES,
  type ProcessMessage,
  type ProcessRequest,
  REQUESTS,
  type Setup,
  type WatchData,
} from './process-messages.ts';
import { processTime } from '../../system/processor-time.ts';
import { ChunkState } from '../execution/chunk-state.ts';
import { watchForStalls, guardThread } from '../execution/thread-guard.ts';

/* The entry of the process of a slot. Like the worker thread's it imports only node:, the domain and its own room. */

/** Its only argument. It is removed, so that an experiment finds no arguments. */
const [mark = ''] = process.argv.splice(2);
/** Holds the process group of a running command, shared with the watching thread. */
const groups = new ChunkState();
/** Most characters of output in one message. */
const MOST_PRINTED = 1024 * 1024;
let setup: Setup | undefined;
let running: Execution | undefined;
let grace = 0;
let loaded: Promise<ExperimentFunction> | undefined;

/** The runner is dead, or this process has closed its connection to it. */
const die = (): void => {
  killGroup(groups.child);
  killGroup(process.pid);
};

const post = (message: ProcessMessage): void => {
  try {
    writeFrame(MESSAGES, mark, message);
  } catch {
    die();
  }
};

guardThread({
  place: 'process',
  running: () => running,
  print: (text) => {
    for (let from = 0; from < text.length; from += MOST_PRINTED)
      post({ type: 'printed', text: text.slice(from, from + MOST_PRINTED) });
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
        warn: (text) => post({ type: 'warned', text }),
      });

const begin = (first: Setup): void => {
  setup = first;
  const workerData: WatchData = { state: groups.buffer, mark, mostBytes: first.mostBytes };
  new Worker(entryFile(import.meta.url, 'watch-worker'), { workerData, execArgv: [], env: {} }).unref();
  watchForStalls(() => running);
  post({ type: 'up' });
};

/** An experiment has replaced what this code needs: this process ends, and another one executes the others. */
const endBroken = (error: unknown): void => {
  try {
    const message = 'its process ended: the experiment has replaced what JavaScript or Node itself needs';
    post({ type: 'dying', cause: toErrorData(new Error(message, { cause: error })) });
  } finally {
    die();
  }
};

const execute = async (claimed: Claimed): Promise<void> => {
  const started = setup;
  if (!started) return;
  try {
    await executeChunk([claimed], new ChunkState(), {
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
  } catch (error) {
    endBroken(error);
  }
  running = undefined;
};

const receive = (request: ProcessRequest): void => {
  if (request.type === 'setup') begin(request);
  else if (request.type === 'execute') void execute(request.claimed);
  else {
    grace = request.graceMilliseconds;
    running?.abort();
  }
};
const reader = new FrameReader(mark, (request) => receive(request as ProcessRequest), die);
new Socket({ fd: REQUESTS, readable: true, writable: false })
  .on('error', die)
  .on('close', die)
  .on('data', (piece: Buffer) => {
    try {
      reader.read(piece);
    } catch (error) {
      endBroken(error);
    }
  });
