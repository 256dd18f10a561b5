/** The columns of `<table>_codecarbon` behind `ID` and `experiment_id`: PyExperimenter's names and types, in its order. */
export const emissionTypes = {
  codecarbon_timestamp: 'DATETIME',
  project_name: 'VARCHAR(255)',
  run_id: 'VARCHAR(255)',
  duration_seconds: 'DOUBLE',
  emissions_kg: 'DOUBLE',
  emissions_rate_kg_sec: 'DOUBLE',
  cpu_power_watt: 'DOUBLE',
  gpu_power_watt: 'DOUBLE',
  ram_power_watt: 'DOUBLE',
  cpu_energy_kw: 'DOUBLE',
  gpu_energy_kw: 'DOUBLE',
  ram_energy_kw: 'DOUBLE',
  energy_consumed_kw: 'DOUBLE',
  country_name: 'VARCHAR(255)',
  country_iso_code: 'VARCHAR(255)',
  region: 'VARCHAR(255)',
  cloud_provider: 'VARCHAR(255)',
  cloud_region: 'VARCHAR(255)',
  os: 'VARCHAR(255)',
  python_version: 'VARCHAR(255)',
  codecarbon_version: 'VARCHAR(255)',
  cpu_count: 'DOUBLE',
  cpu_model: 'VARCHAR(255)',
  gpu_count: 'DOUBLE',
  gpu_model: 'VARCHAR(255)',
  longitude: 'VARCHAR(255)',
  latitude: 'VARCHAR(255)',
  ram_total_size: 'DOUBLE',
  tracking_mode: 'VARCHAR(255)',
  on_cloud: 'VARCHAR(255)',
  power_usage_efficiency: 'DOUBLE',
  offline_mode: 'BOOL',
} as const;

type Name = keyof typeof emissionTypes;
type OfType<Name_ extends Name> = (typeof emissionTypes)[Name_] extends 'DOUBLE'
  ? number
  : (typeof emissionTypes)[Name_] extends 'BOOL'
    ? boolean
    : string;

/**
 * Energy and carbon of one attempt, by the columns of `<table>_codecarbon`: seconds, watts, kWh (PyExperimenter calls them
 * `_kw`), kg of CO₂ equivalent. The timestamp is the end of the attempt; the repository sets it.
 */
export type Emissions = { readonly [Key in Exclude<Name, 'codecarbon_timestamp'>]: OfType<Key> | null };
