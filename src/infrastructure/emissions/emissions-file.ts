import { closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Emissions } from '../../domain/experiment/emissions.ts';
import { ExperimenterError } from '../../domain/errors.ts';
import { append, requireWritable } from '../system/append-file.ts';

/** CodeCarbon's names in its order (`EmissionsData` of its version 2, which PyExperimenter uses), and ours. */
const columns = {
  timestamp: null,
  project_name: 'project_name',
  run_id: 'run_id',
  duration: 'duration_seconds',
  emissions: 'emissions_kg',
  emissions_rate: 'emissions_rate_kg_sec',
  cpu_power: 'cpu_power_watt',
  gpu_power: 'gpu_power_watt',
  ram_power: 'ram_power_watt',
  cpu_energy: 'cpu_energy_kw',
  gpu_energy: 'gpu_energy_kw',
  ram_energy: 'ram_energy_kw',
  energy_consumed: 'energy_consumed_kw',
  country_name: 'country_name',
  country_iso_code: 'country_iso_code',
  region: 'region',
  cloud_provider: 'cloud_provider',
  cloud_region: 'cloud_region',
  os: 'os',
  python_version: 'python_version',
  codecarbon_version: 'codecarbon_version',
  cpu_count: 'cpu_count',
  cpu_model: 'cpu_model',
  gpu_count: 'gpu_count',
  gpu_model: 'gpu_model',
  longitude: 'longitude',
  latitude: 'latitude',
  ram_total_size: 'ram_total_size',
  tracking_mode: 'tracking_mode',
  on_cloud: 'on_cloud',
  pue: 'power_usage_efficiency',
} as const satisfies Readonly<Record<string, keyof Emissions | null>>;

const HEADER = Object.keys(columns).join(',');
/** Characters that may wait. */
const FULL = 65_536;

/**
 * CodeCarbon's `emissions.csv`: a line for each attempt, appended; runners may share it. Throws `CONFIG_INVALID` for a
 * file that cannot be written, or has other columns.
 */
export class EmissionsFile {
  readonly #file: string;
  readonly #warn: (message: string) => void;
  #waiting = '';
  #failed = false;

  constructor(file: string, warn: (message: string) => void) {
    this.#file = file;
    this.#warn = warn;
    makeDirectory(file);
    requireWritable('emissions.outputFile', file);
    const found = firstLine(file);
    if (found === '') append(file, `${HEADER}\n`);
    else if (found !== HEADER) {
      throw new ExperimenterError(
        'CONFIG_INVALID',
        `emissions.outputFile: ${file} has other columns than CodeCarbon's emissions.csv: ${found.slice(0, 200)}; name another file`,
      );
    }
  }

  add(row: Emissions, endedAt: Date): void {
    const cells = Object.values(columns).map((name) => (name === null ? local(endedAt) : cellOf(row[name])));
    this.#waiting += `${cells.join(',')}\n`;
    if (this.#waiting.length > FULL) this.flush();
  }

  /** A full disk must not stop the experiments: the failure is reported once. */
  flush(): void {
    const text = this.#waiting;
    if (text === '') return;
    this.#waiting = '';
    try {
      append(this.#file, text);
    } catch (error) {
      if (!this.#failed)
        this.#warn(`emissions.outputFile: ${this.#file} cannot be written: ${(error as Error).message}`);
      this.#failed = true;
    }
  }
}

const firstLine = (file: string): string => {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const bytes = Buffer.alloc(4096);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, length).split(/\r?\n/, 1)[0] ?? '';
  } finally {
    closeSync(descriptor);
  }
};

/** Local time without a zone, as CodeCarbon writes it. */
const local = (at: Date): string => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

const cellOf = (value: string | number | boolean | null): string => {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** PyExperimenter's documentation names a folder that does not exist. The check that follows reports a failure. */
const makeDirectory = (file: string): void => {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch {
    // requireWritable reports why
  }
};
