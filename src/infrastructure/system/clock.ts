import type { Clock } from '../../application/ports/ports.ts';

/** The machine's own time. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  date: () => new Date(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
