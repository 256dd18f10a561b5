import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../../../../../src/domain/stop-signals.ts';
import { StopRequest, type StopStep } from '../../../../../src/infrastructure/cli/output/signals.ts';

describe('signals', () => {
  const stopped = (...heard: readonly (readonly [at: number, signal: StopSignal])[]) => {
    let now = 0;
    const steps: StopStep[] = [];
    const stop = new StopRequest({ now: () => now, onStep: (step) => steps.push(step) });
    for (const [at, signal] of heard) {
      now = at;
      stop.receive(signal);
    }
    return { steps, drain: stop.drain.aborted, abort: stop.abort.aborted, signal: stop.signal };
  };

  it('the first drains; its duplicates are not heard', () => {
    expect(stopped()).toEqual({ steps: [], drain: false, abort: false, signal: undefined });
    expect(stopped([0, 'SIGINT'], [5, 'SIGINT'], [499, 'SIGTERM'])).toEqual({
      steps: ['drain'],
      drain: true,
      abort: false,
      signal: 'SIGINT',
    });
  });

  it('the second aborts, the third exits, and no more are heard', () => {
    expect(stopped([0, 'SIGUSR2'], [500, 'SIGTERM'])).toEqual({
      steps: ['drain', 'abort'],
      drain: true,
      abort: true,
      signal: 'SIGTERM',
    });
    expect(stopped([0, 'SIGINT'], [500, 'SIGINT'], [600, 'SIGINT'], [1000, 'SIGINT'], [2000, 'SIGINT']).steps).toEqual([
      'drain',
      'abort',
      'exit',
    ]);
  });

  it('listens to this process, and stops listening', () => {
    const steps: StopStep[] = [];
    const listening = new StopRequest({ now: () => 0, onStep: (step) => steps.push(step) });
    const before = process.listenerCount('SIGUSR2');
    const stopListening = listening.listen();
    process.emit('SIGUSR2', 'SIGUSR2');
    stopListening();
    expect(steps).toEqual(['drain']);
    expect(process.listenerCount('SIGUSR2')).toBe(before);
  });
});
