/** Three texts, at the left, in the middle and at the right of so many columns. */
export const scaleLine = (left: string, middle: string, right: string, room: number): string => {
  const space = Math.max(2, room - left.length - middle.length - right.length);
  const before = Math.floor(space / 2);
  return `${left}${' '.repeat(before)}${middle}${' '.repeat(space - before)}${right}`;
};
