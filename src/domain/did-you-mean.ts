/** How many characters must be changed, inserted or deleted to get from one text to the other. */
const distance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
};

/** The name that is most like a mistyped one, without regard to case. Undefined: none is similar enough. */
export const nearestName = (typed: string, names: readonly string[]): string | undefined => {
  // The cost is the product of both lengths, so a long text is cut.
  const wanted = typed.slice(0, 100).toLowerCase();
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const found = distance(wanted, name.toLowerCase());
    if (!best || found < best.distance) best = { name, distance: found };
  }
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.name : undefined;
};

/** ` (did you mean X?)`, or nothing: a piece of an error message about an unknown name. */
export const didYouMean = (typed: string, names: readonly string[]): string => {
  const name = nearestName(typed, names);
  return name === undefined ? '' : ` (did you mean ${name}?)`;
};
