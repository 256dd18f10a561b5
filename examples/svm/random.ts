/** A generator of numbers from 0 up to 1 that a seed determines (mulberry32): the same on every machine. */
const generator = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Returns a function that shuffles copies of lists: by a random key each. */
export const shuffler = (seed: number): (<Item>(items: readonly Item[]) => Item[]) => {
  const random = generator(seed);
  return (items) => {
    const keyed = items.map((item) => ({ item, key: random() }));
    return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
  };
};
