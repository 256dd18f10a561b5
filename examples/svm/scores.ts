/** How often class `row` was taken for class `column`. */
export type ConfusionMatrix = readonly (readonly number[])[];

export const confusionMatrix = (
  actual: readonly number[],
  predicted: readonly number[],
  classes: number,
): ConfusionMatrix => {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [index, label] of actual.entries()) {
    const row = counts[label];
    const guess = predicted[index];
    if (row === undefined || guess === undefined || row[guess] === undefined) {
      throw new Error(`sample ${index}: class ${label}, predicted ${guess}; there are classes 0 to ${classes - 1}`);
    }
    row[guess] += 1;
  }
  return counts;
};

export const summed = (matrices: readonly ConfusionMatrix[]): ConfusionMatrix =>
  matrices.reduce((one, other) => one.map((row, i) => row.map((count, j) => count + (other[i]?.[j] ?? 0))));

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** The share of samples that were recognised. */
export const accuracy = (matrix: ConfusionMatrix): number =>
  total(matrix.map((row, label) => row[label] ?? 0)) / total(matrix.flat());

/** The mean of the classes' F1 scores: a rare class counts as much as a common one. A class that is never hit has 0. */
export const macroF1 = (matrix: ConfusionMatrix): number => {
  const scores = matrix.map((row, label) => {
    const hits = row[label] ?? 0;
    const predicted = total(matrix.map((each) => each[label] ?? 0));
    // 2 · precision · recall / (precision + recall), without dividing by zero
    return hits === 0 ? 0 : (2 * hits) / (total(row) + predicted);
  });
  return total(scores) / scores.length;
};
