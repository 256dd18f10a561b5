import { createRequire } from 'node:module';
import { nearestName } from '../../domain/did-you-mean.ts';

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

/** By codes of three letters. Ember lists Kosovo under its usual codes, although ISO has none for it. */
const alpha2Codes = (): Readonly<Record<string, string>> => ({
  ...(require('iso-3166') as { iso31661Alpha3ToAlpha2: Record<string, string> }).iso31661Alpha3ToAlpha2,
  XKX: 'XK',
});

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

/** The code that was meant: by one of two letters, by the name of a country or its beginning, or by a typing error. */
export const nearestCountry = (typed: string): string | undefined => {
  const wanted = typed.trim().toUpperCase();
  const alpha2 = alpha2Codes();
  const codes = countryCodes();
  const byName = new Map(codes.map((code) => [nameOf(alpha2[code] ?? 'ZZ')?.toUpperCase() ?? code, code]));
  const begins = wanted.length < 3 ? undefined : [...byName.keys()].find((name) => name.startsWith(wanted));
  const name = begins ?? (wanted.length > 4 ? nearestName(wanted, [...byName.keys()]) : undefined);
  return (
    codes.find((code) => code === wanted || alpha2[code] === wanted) ??
    (name === undefined ? nearestName(wanted, codes) : byName.get(name))
  );
};
