import { readFileSync } from 'node:fs';

/** Samples of measurements; `labels[i]` says which of `classes` sample i belongs to. */
export interface DataSet {
  readonly samples: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

const loaded = new Map<string, DataSet>();

/** A data set of the directory `data`; read once per thread. */
export const dataSet = (name: string): DataSet => {
  let set = loaded.get(name);
  if (!set) {
    const text = readFileSync(new URL(`./data/${name}.csv`, import.meta.url), 'utf8');
    set = parse(text, name);
    loaded.set(name, set);
  }
  return set;
};

/** scikit-learn's format: a first line of `samples,features,class name,…`, then one sample a line, its label last. */
export const parse = (text: string, name: string): DataSet => {
  const [header = '', ...lines] = text.trim().split(/\r?\n/);
  const [sampleCount, featureCount, ...classes] = header.split(',');
  const rows = lines.map((line) => line.split(',').map(Number));
  const samples = rows.map((row) => row.slice(0, -1));
  const labels = rows.map((row) => row.at(-1) ?? NaN);
  if (samples.length !== Number(sampleCount)) {
    throw new Error(`${name}: the header announces ${sampleCount} samples, there are ${samples.length}`);
  }
  for (const [index, sample] of samples.entries()) {
    const whole = sample.length === Number(featureCount) && sample.every(Number.isFinite);
    if (!whole || classes[labels[index] ?? NaN] === undefined) {
      throw new Error(
        `${name}: line ${index + 2} is no sample of ${featureCount} numbers and a label: ${lines[index]}`,
      );
    }
  }
  return { samples, labels, classes };
};
