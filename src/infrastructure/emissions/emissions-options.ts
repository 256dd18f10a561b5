/** How energy is measured and turned into carbon; the defaults stand in the configuration schema. */
export interface EmissionsOptions {
  /** ISO 3166 alpha-3; null: the world's average. */
  readonly countryIsoCode: string | null;
  readonly trackingMode: 'process' | 'machine';
  readonly measurePowerSeconds: number;
  /** CodeCarbon's emissions.csv, absolute; null: none. */
  readonly outputFile: string | null;
  /** Of all processors of the machine under full load; null: looked up. */
  readonly cpuWatts: number | null;
  readonly powerUsageEffectiveness: number;
}
