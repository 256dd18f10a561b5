import type { Claimed } from '../../../domain/repository/runner-protocol.ts';
import type { PortMessage, WorkerData } from '../threads/worker-messages.ts';

/* The messages between a runner and the process of one of its slots. */

/** What the process executes. The first request, sent once. */
export interface Setup {
  readonly type: 'setup';
  readonly data: WorkerData;
  /** Most bytes of memory, whatever they are used for; null: no limit. */
  readonly mostBytes: number | null;
}
/** Execute this experiment. Sent only to a process that is up and has finished the one before. */
export interface Execute {
  readonly type: 'execute';
  readonly claimed: Claimed;
}
/** Stop the running experiment: after so many milliseconds the process is killed. */
export interface AbortProcess {
  readonly type: 'abort';
  readonly graceMilliseconds: number;
}
export type ProcessRequest = Setup | Execute | AbortProcess;

/** The process is ready to execute. */
export interface Up {
  readonly type: 'up';
}
/** The experiment module is loaded, its function is called now. */
export interface Begun {
  readonly type: 'begun';
}
/** The process group of a command, which is not the slot's own; 0 when it has ended. */
export interface Grouped {
  readonly type: 'grouped';
  readonly pid: number;
}
export type ProcessMessage = PortMessage | Up | Begun | Grouped;

/** The descriptor on which the process writes its messages: blocking, so that messages of a busy loop arrive. */
export const MESSAGES = 3;
/** The descriptor that is closed when the runner dies. */
export const LIFELINE = 4;
/** The descriptor on which it reads what it is to do. */
export const REQUESTS = 5;

/** What the thread that guards a process needs to know. */
export interface WatchData {
  /** The memory of the `ChunkState` that holds the process group of a command. */
  readonly state: SharedArrayBuffer;
  /** Distinguishes its message from what an experiment writes to the descriptor. */
  readonly mark: string;
  readonly mostBytes: number | null;
}
