import { defineExperiment } from 'ts-experimenter';

/** A small generator with a seed (mulberry32), so that an experiment gives the same result wherever it runs. */
const random = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export default defineExperiment<{ samples: number; seed: number }, { estimate: number; deviation: number }>(
  ({ keyfields: { samples, seed } }) => {
    const next = random(seed);
    let inside = 0;
    for (let sample = 0; sample < samples; sample += 1) if (next() ** 2 + next() ** 2 < 1) inside += 1;
    const estimate = (4 * inside) / samples;
    return { estimate, deviation: Math.abs(estimate - Math.PI) };
  },
);
