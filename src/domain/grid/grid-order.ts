/**
 * How a grid nests its keyfields unless conditions demand otherwise. `listed`: the first is the slowest, the last the
 * fastest. `meshgrid`: PyExperimenter's, by way of numpy: of three and more, the last is the slowest, then the one before
 * it and so on to the third, then the first, and the second is the fastest.
 */
export type GridOrder = 'listed' | 'meshgrid';

/** The names from the slowest to the fastest. */
export const inOrder = (names: readonly string[], order: GridOrder): readonly string[] =>
  order === 'listed' || names.length < 3 ? names : [...names.slice(2).toReversed(), ...names.slice(0, 2)];
