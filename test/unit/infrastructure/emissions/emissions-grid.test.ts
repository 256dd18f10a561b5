import { describe, expect, it } from 'vitest';
import { countryCodes, gridOf, nearestCountry } from '../../../../src/infrastructure/emissions/grid-intensity.ts';
import { load, minimal } from '../../../support/configurations.ts';

describe('grids', () => {
  it('are known of some two hundred countries, with a name and a figure each', () => {
    const grids = countryCodes().map((code) => gridOf(code));
    expect(grids.length).toBeGreaterThan(200);
    for (const { isoCode, name, gramsPerKwh } of grids) {
      expect(name, isoCode).not.toMatch(/^[A-Z]{2,3}$/);
      expect(gramsPerKwh, isoCode).toBeGreaterThanOrEqual(0);
      expect(gramsPerKwh, isoCode).toBeLessThan(2_000);
    }
    expect(gridOf('DEU')).toMatchObject({ isoCode: 'DEU', name: 'Germany' });
  });

  it('are the average of the world where no country is named', () => {
    const world = gridOf(null);
    expect(world).toMatchObject({ isoCode: 'WORLD', name: 'World' });
    expect(world.gramsPerKwh).toBeGreaterThan(300);
    expect(world.gramsPerKwh).toBeLessThan(600);
  });

  it.each([
    ['DE', 'DEU'],
    ['gbr', 'GBR'],
    ['France', 'FRA'],
    ['Swizerland', 'CHE'],
    ['DEEU', 'DEU'],
    ['GER', 'DEU'],
    ['nowhere at all', undefined],
  ])('%s: did you mean %s?', (typed, code) => {
    expect(nearestCountry(typed)).toBe(code);
  });
});

describe('a configuration with emissions', () => {
  it('makes a study that records them', () => {
    const { study, emissions } = load(minimal({ emissions: { enabled: true, outputFile: 'emissions.csv' } }));
    expect(study.emissions).toBe(true);
    expect(emissions.outputFile).toBe(`${process.cwd()}/emissions.csv`);
    expect(load(minimal({ emissions: { countryIsoCode: 'DEU' } })).study.emissions).toBeUndefined();
  });
});
