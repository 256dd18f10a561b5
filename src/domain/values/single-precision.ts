/** The number of the fewest digits that is this one in single precision: 0.1, and not 0.10000000149011612. */
export const shortestFloat = (single: number): number => {
  for (let digits = 6; digits < 9; digits += 1) {
    const number = Number(single.toPrecision(digits));
    if (Math.fround(number) === single) return number;
  }
  return Number(single.toPrecision(9));
};
