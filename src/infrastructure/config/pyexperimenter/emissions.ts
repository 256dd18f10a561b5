import { join } from 'node:path';
import { type SettingsSources, level } from '../sources/settings-sources.ts';
import { described, isObject } from '../../text/safe-text.ts';

/** CodeCarbon's options that mean something here, and our keys. */
const meanings: Readonly<Record<string, string>> = {
  country_iso_code: 'countryIsoCode',
  measure_power_secs: 'measurePowerSeconds',
  tracking_mode: 'trackingMode',
  force_cpu_power: 'cpuWatts',
  pue: 'powerUsageEffectiveness',
};

/** Options of the file, and those that mean nothing here: nothing is looked up on the network, and our log has its own level. */
const others = [
  'offline_mode',
  'save_to_file',
  'output_dir',
  'output_file',
  'log_level',
  'project_name',
  'experiment_id',
  'gpu_ids',
  'region',
];

/** PyExperimenter measures unless it is told not to; so does what is imported from it. */
export const importedEmissions = (given: unknown, sources: SettingsSources): void => {
  put(sources, 'enabled', true);
  if (given === undefined || given === null) return;
  if (!isObject(given))
    return sources.problems.add(['emissions'], described(given), "an object of CodeCarbon's options");
  sources.ignored(given, ['emissions'], [...Object.keys(meanings), ...others]);
  for (const [theirs, ours] of Object.entries(meanings)) put(sources, ours, given[theirs], theirs);
  const { save_to_file: save, output_dir: directory = '.', output_file: file = 'emissions.csv' } = given;
  if (save === true) put(sources, 'outputFile', join(String(directory), String(file)), 'output_dir');
};

const put = (sources: SettingsSources, ours: string, value: unknown, theirs = ours): void => {
  const path = ['emissions', ours];
  if (value === undefined) return;
  const given = theirs === ours ? undefined : sources.origin(['emissions', theirs]);
  sources.put(path, path, value, level.file, given);
};
