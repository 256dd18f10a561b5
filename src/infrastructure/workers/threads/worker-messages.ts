import type { MessagePort } from 'node:worker_threads';
import type { ErrorData, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { ExperimentSource } from '../../../application/ports/ports.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { rowWeight } from '../../../domain/values/estimated-size.ts';

/** What a thread can execute: a closure cannot be sent to it. */
export type ThreadSource = Exclude<ExperimentSource, { readonly kind: 'function' }>;

/** What every thread of a pool knows from its start. */
export interface WorkerData {
  readonly study: StudyDefinition;
  readonly source: ThreadSource;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** One Piscina task: a chunk, the port of its messages, the shared memory of its `ChunkState` and of its `SharedResults`. */
export interface ChunkTask {
  readonly chunk: readonly Claimed[];
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
  readonly results: SharedArrayBuffer;
}

/** Why the thread exits, posted while it exits. */
export interface Dying {
  readonly type: 'dying';
  readonly cause: ErrorData;
}

/** Output of user code. Node's own streams of a thread deliver nothing once the thread is busy or dead. */
export interface Printed {
  readonly type: 'printed';
  readonly text: string;
}

/** A line for the runner's log that concerns no single experiment. */
export interface Warned {
  readonly type: 'warned';
  readonly text: string;
}

/** An end was written to the shared results. */
export interface Put {
  readonly type: 'put';
}

/** The messages of the port of a run. */
export type PortMessage = WorkerMessage | Dying | Printed | Warned | Put;

/** The one message to the worker: stop the running experiment, within so many milliseconds. */
export interface AbortRequest {
  readonly graceMilliseconds: number;
}

/** About the memory that a message takes; the worker and the main thread count it in the same way. */
export const messageWeight = (message: PortMessage): number => {
  switch (message.type) {
    case 'logged':
      return rowWeight(message.row);
    case 'reported':
    case 'finished':
      return rowWeight(message.results);
    case 'printed':
    case 'warned':
      return message.text.length;
    default:
      return 64;
  }
};
