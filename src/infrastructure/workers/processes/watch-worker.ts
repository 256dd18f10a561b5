import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { killGroup } from '../../system/child-start.ts';
import { LIFELINE, type WatchData } from './process-messages.ts';
import { ChunkState } from '../execution/chunk-state.ts';

/*
 * The entry of a thread in the process of a slot. It ends the process, even a busy one, when the runner dies or when the
 * process exceeds its memory limit (V8's own limit does not count buffers and native memory).
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
    // written before the kill; the runner reads it after the process has ended
    lifeline.write(`${mark} ${bytes}`, die);
  }, EVERY_MILLISECONDS);
}
