import type { MessagePort } from 'node:worker_threads';
import type { ErrorData, WorkerMessage } from '../../../application/ports/worker-messages.ts';
import type { ExperimentSource } from '../../../application/ports/ports.ts';
import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import type { StudyDefinition } from '../../../domain/study/define-study.ts';
import { rowWeight } from '../../../domain/values/estimated-size.ts';

/** What a thread can be told to execute: a closure cannot cross. */
export type ThreadSource = Exclude<ExperimentSource, { readonly kind: 'function' }>;

/** What every thread of a pool knows from its start. */
export interface WorkerData {
  readonly study: StudyDefinition;
  readonly source: ThreadSource;
  readonly custom: Readonly<Record<string, unknown>>;
}

/** One Piscina task: a chunk, the port of its messages, the shared memory of its `RunCell` and of its `Outbox`. */
export interface ChunkTask {
  readonly chunk: readonly Claimed[];
  readonly port: MessagePort;
  readonly state: SharedArrayBuffer;
  readonly results: SharedArrayBuffer;
}

/** The thread's last words, posted while it exits. */
export interface Dying {
  readonly type: 'dying';
  readonly cause: ErrorData;
}

/** What user code printed. Node's own way out of a thread delivers nothing more once the thread is busy or dead. */
export interface Printed {
  readonly type: 'printed';
  readonly text: string;
}

/** Something for the runner's log that no experiment is told of. */
export interface Warned {
  readonly type: 'warned';
  readonly text: string;
}

/** Something has been put into the outbox. */
export interface Put {
  readonly type: 'put';
}

/** What comes through the port of a run. */
export type PortMessage = WorkerMessage | Dying | Printed | Warned | Put;

/** The one message the other way: stop what runs, within so many milliseconds. */
export interface AbortRequest {
  readonly graceMilliseconds: number;
}

/** What a message takes in memory, about; counted the same by the worker that posts it and by the main thread that hears it. */
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
