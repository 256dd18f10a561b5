import { countryCodes, nearestCountry } from '../../emissions/grid-intensity.ts';
import { custom, flag, type Format, oneOf, path, seconds } from './formats.ts';
import { key, optional, type Section } from './node.ts';

const country: Format<string> = {
  allowed: 'the ISO 3166 code of a country with a known electricity grid, three capital letters such as "DEU"',
  json: { type: 'string', pattern: '^[A-Z]{3}$' },
  text: true,
  accepts: (value): value is string => typeof value === 'string' && countryCodes().includes(value),
  hint: (value) => {
    const nearest = typeof value === 'string' ? nearestCountry(value) : undefined;
    return nearest === undefined ? undefined : `"${nearest}"`;
  },
};

const number = (allowed: string, least: number, most: number): Format<number> =>
  custom(
    `${allowed} from ${least} to ${most}`,
    { type: 'number', minimum: least, maximum: most },
    (value): value is number => typeof value === 'number' && value >= least && value <= most,
  );

/** Energy and carbon; in brackets the name of each in CodeCarbon. */
export const emissionsSchema = {
  enabled: key({
    type: flag,
    default: false,
    doc: 'Whether energy and carbon of each attempt are recorded, in the table `<table>_codecarbon`; see docs/emissions.md.',
  }),
  countryIsoCode: optional({
    type: country,
    doc: "Country whose electricity is assumed when energy is turned into carbon (`country_iso_code`); null: the world's average. Nothing is looked up on the network.",
  }),
  trackingMode: key({
    type: oneOf('process', 'machine'),
    default: 'process',
    doc: 'What is attributed to an attempt (`tracking_mode`). `process`: its own part, by processor time. `machine`: all that the machine uses while it runs, also what others use it for, and twice what two attempts run through together.',
  }),
  measurePowerSeconds: key({
    type: seconds(600),
    default: 15,
    doc: 'Seconds between two looks at the power of the machine (`measure_power_secs`). Lower follows changes of graphics processors and memory more closely, and costs more; the energy counters of processors lose nothing in between.',
  }),
  outputFile: optional({
    type: path('a CSV file'),
    doc: "File that a line for each attempt is appended to, with the columns of CodeCarbon's `emissions.csv` (`save_to_file`, `output_dir`, `output_file`); null: none.",
  }),
  cpuWatts: optional({
    type: number('watts', 0.1, 100_000),
    doc: 'Power of all processors of the machine together under full load, as their data sheet says: TDP × sockets (`force_cpu_power`); null: measured by their energy counters, or else 4 W for each logical processor.',
  }),
  powerUsageEffectiveness: key({
    type: number('a factor', 1, 10),
    default: 1,
    doc: 'Energy that the data centre needs for each unit that reaches the machine (`pue`): multiplies energy and carbon, 1 for a machine under a desk.',
  }),
} as const satisfies Section;
