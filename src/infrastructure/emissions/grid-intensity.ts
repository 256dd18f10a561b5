import { createRequire } from 'node:module';
import { nearestName } from '../../domain/nearest-name.ts';

/* The packages are loaded when a country is asked about, and not before: together they take some 40 ms. */

const require = createRequire(import.meta.url);

/** Where electricity comes from, and what a kilowatt-hour of it weighs. */
export interface Grid {
  /** ISO 3166 alpha-3; `WORLD` where no country is named. */
  readonly isoCode: string;
  readonly name: string;
  /** Grams of CO₂ equivalent for each kWh: an average of a year, by Ember (package @tgwf/co2). */
  readonly gramsPerKwh: number;
}

const WORLD = 'WORLD';

const intensities = (): Readonly<Record<string, number>> =>
  (require('@tgwf/co2/data') as { averageIntensity: { data: Record<string, number> } }).averageIntensity.data;

const alpha2Codes = (): Readonly<Record<string, string>> =>
  (require('iso-3166') as { iso31661Alpha3ToAlpha2: Record<string, string> }).iso31661Alpha3ToAlpha2;

const nameOf = (alpha2: string): string | undefined =>
  new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(alpha2);

/** The countries there are figures of, sorted. */
export const countryCodes = (): readonly string[] =>
  Object.keys(intensities())
    .filter((code) => /^[A-Z]{3}$/.test(code))
    .toSorted();

/** The grid of a country, or of the whole world. The code is one of `countryCodes`. */
export const gridOf = (isoCode: string | null): Grid => {
  const code = isoCode ?? WORLD;
  const gramsPerKwh = intensities()[code];
  if (gramsPerKwh === undefined) throw new Error(`no grid intensity of ${code}`);
  const alpha2 = alpha2Codes()[code];
  const name = code === WORLD ? 'World' : alpha2 === undefined ? code : (nameOf(alpha2) ?? code);
  return { isoCode: code, name, gramsPerKwh };
};

/** The code that was meant: by a code of two letters, a country's name, or a typing error. */
export const nearestCountry = (typed: string): string | undefined => {
  const codes = countryCodes();
  const alpha2 = alpha2Codes();
  const wanted = typed.trim();
  const direct = codes.find((code) => code === wanted.toUpperCase() || alpha2[code] === wanted.toUpperCase());
  if (direct !== undefined) return direct;
  const byName = new Map(codes.map((code) => [nameOf(alpha2[code] ?? 'ZZ') ?? code, code]));
  const name = wanted.length > 3 ? nearestName(wanted, [...byName.keys()]) : undefined;
  return name === undefined ? nearestName(wanted, codes) : byName.get(name);
};
