type Sample = readonly number[];

/**
 * Learns each feature's mean and standard deviation from the training samples. What it returns brings any sample to
 * that scale (mean 0, deviation 1), so that nothing about the test samples leaks into the model.
 */
export const standardScaler = (training: readonly Sample[]): ((sample: Sample) => number[]) => {
  const features = [...(training[0]?.keys() ?? [])];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const scales = features.map((feature) => {
    const values = training.map((sample) => sample[feature] ?? NaN);
    const centre = mean(values);
    const deviation = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    // a constant feature stays what it is: zero
    return { centre, deviation: deviation === 0 ? 1 : deviation };
  });
  return (sample) => scales.map(({ centre, deviation }, feature) => ((sample[feature] ?? NaN) - centre) / deviation);
};
