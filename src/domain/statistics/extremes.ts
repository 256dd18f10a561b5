/** The least and the greatest of any number of numbers; of none, infinite. */
export const extremes = (numbers: Iterable<number>): readonly [least: number, greatest: number] => {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > greatest) greatest = number;
  }
  return [least, greatest];
};
