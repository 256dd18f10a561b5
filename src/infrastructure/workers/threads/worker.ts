import { MessagePort, workerData } from 'node:worker_threads';
import type { ExperimentFunction } from '../../../domain/experiment/experiment-function.ts';
import { killGroup } from '../../system/child-start.ts';
import { commandExperiment } from '../command/command.ts';
import { toErrorData } from '../execution/error-data.ts';
import { executeChunk } from '../execution/execute-chunk.ts';
import type { Execution } from '../execution/execution.ts';
import { loadExperiment } from '../experiment/load-module.ts';
import {
  messageWeight,
  type AbortRequest,
  type ChunkTask,
  type PortMessage,
  type WorkerData,
} from './worker-messages.ts';
import { SharedResults } from './shared-results.ts';
import { commandTime, moduleTime } from '../../system/processor-time.ts';
import { ChunkState } from '../execution/chunk-state.ts';
import { watchForStalls, guardThread } from '../execution/thread-guard.ts';

/* The entry of a worker thread. It imports only node:, the domain and its own room: no ORM, no configuration. */

const { study, source, custom } = workerData as WorkerData;
const ofSource = source.kind === 'module' ? moduleTime : commandTime;
const processorTime = study.emissions ? ofSource : undefined;
const BROKEN = 'its worker thread ended: the experiment has replaced what JavaScript or Node itself needs';
let task: { readonly state: ChunkState; readonly post: (message: PortMessage) => void } | undefined;
let running: Execution | undefined;
let grace = 0;
const exit = process.exit.bind(process);
// Piscina and this code send everything through ports: no experiment may replace this method
Object.defineProperty(MessagePort.prototype, 'postMessage', { writable: false, configurable: false });
let loaded: Promise<ExperimentFunction> | undefined;

guardThread({
  place: 'worker thread',
  running: () => running,
  print: (text) => {
    task?.post({ type: 'printed', text });
    return task !== undefined;
  },
  dying: (cause) => task?.post({ type: 'dying', cause }),
});
process.on('exit', () => killGroup(task?.state.child ?? 0));

const load = async (): Promise<ExperimentFunction> =>
  source.kind === 'module'
    ? loadExperiment(source.file)
    : commandExperiment(source.command, {
        study,
        custom,
        onChild: (pid) => task && (task.state.child = pid),
        graceMilliseconds: () => grace,
        warn: (text) => task?.post({ type: 'warned', text }),
      });

/** An experiment has replaced what this code needs: this thread ends, and another one executes the others. */
const endBroken = (post: (message: PortMessage) => void, error: unknown): void => {
  try {
    post({ type: 'dying', cause: toErrorData(new Error(BROKEN, { cause: error })) });
  } finally {
    exit(1);
  }
};

/** Piscina's task: executes one chunk. Fulfilled when all messages are posted or in the shared results. */
export const runChunk = async ({ chunk, port, state: buffer, results: box }: ChunkTask): Promise<void> => {
  const state = new ChunkState(buffer);
  const results = new SharedResults(box);
  /** The attempt that posted last: its end must not arrive before its other messages. */
  let lastPosted: string | undefined;
  const post = (message: PortMessage) => {
    if (message.type === 'finished' && message.attemptId !== lastPosted && results.put(message)) {
      if (results.announce()) port.postMessage({ type: 'put' } satisfies PortMessage);
      return;
    }
    if ('attemptId' in message) lastPosted = message.attemptId;
    state.awaitAcknowledgement(messageWeight(message));
    port.postMessage(message);
  };
  task = { state, post };
  port.on('message', (request: AbortRequest) => {
    grace = request.graceMilliseconds;
    running?.abort();
  });
  const stopWatching = watchForStalls(() => running);
  try {
    await executeChunk(chunk, state, {
      study,
      custom,
      post,
      processorTime,
      load: () => (loaded ??= load()),
      onStart: (execution) => (running = execution),
    });
  } catch (error) {
    endBroken(post, error);
  }
  stopWatching();
  running = undefined;
  task = undefined;
  port.unref(); // the main thread closes it
};
