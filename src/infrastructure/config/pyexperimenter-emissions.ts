import { type Layers, level, resolveKey } from './layers.ts';
import { described, isObject, type Path } from './printable.ts';

/** CodeCarbon's options, and the key of ours that means the same; null: it has no meaning here. */
const options: Readonly<Record<string, string | null>> = {
  country_iso_code: 'countryIsoCode',
  measure_power_secs: 'intervalSeconds',
  tracking_mode: 'trackingMode',
  save_to_file: null,
  output_dir: null,
  output_file: null,
  offline_mode: null,
  log_level: null,
  project_name: null,
  experiment_id: null,
  gpu_ids: null,
  region: null,
  pue: null,
};

/** PyExperimenter measures unless it is told not to; so does what is imported from it. */
export const importedEmissions = (given: unknown, layers: Layers): void => {
  put(layers, ['emissions', 'enabled'], true);
  if (given === undefined || given === null) return;
  if (!isObject(given))
    return layers.problems.add(['emissions'], described(given), "an object of CodeCarbon's options");
  layers.ignored(given, ['emissions'], Object.keys(options));
  for (const [theirs, ours] of Object.entries(options)) {
    if (ours !== null) put(layers, ['emissions', ours], given[theirs], theirs);
  }
};

const put = (layers: Layers, path: Path, value: unknown, theirs = path.at(-1) ?? ''): void => {
  if (value === undefined || resolveKey(path) === undefined) return;
  layers.put(path, path, value, level.file, layers.origin(['emissions', theirs]));
};
