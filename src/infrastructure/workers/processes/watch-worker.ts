import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { killGroup } from '../../system/child-start.ts';
import { LIFELINE, type WatchData } from './process-messages.ts';
import { ChunkState } from '../execution/chunk-state.ts';

/*
 * The entry of a thread in the process of a slot: however busy the process is, it dies with its runner, and when it uses
 * more memory than it may (buffers and native memory are no matter of V8's own limit).
 */

const EVERY_MILLISECONDS = 100;

const { state: buffer, mark, mostBytes } = workerData as WatchData;
const state = new ChunkState(buffer);

const die = (): void => {
  killGroup(state.child);
  killGroup(process.pid);
};

const lifeline = new Socket({ fd: LIFELINE, readable: true, writable: true });
lifeline.on('error', die).on('close', die).resume();

if (mostBytes !== null) {
  setInterval(() => {
    const bytes = process.memoryUsage.rss();
    if (bytes <= mostBytes) return;
    // the last words: told before the kill, and the runner reads them after it
    lifeline.write(`${mark} ${bytes}`, die);
  }, EVERY_MILLISECONDS);
}
