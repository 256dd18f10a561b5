import { describe, expect, it } from 'vitest';
import { pythonScalar } from '../../../../src/infrastructure/config/python-yaml/python-scalar.ts';
import {
  arange,
  type PythonValue,
  textsOfList,
} from '../../../../src/infrastructure/config/python-yaml/python-values.ts';

const int = (value: number): PythonValue => ({ value, float: false });
const float = (value: number): PythonValue => ({ value, float: true });
const of = (...values: readonly unknown[]): readonly PythonValue[] => values.map((value) => ({ value, float: false }));

describe('a range', () => {
  // Recorded from numpy 2.4.6.
  it.each<[string, PythonValue, PythonValue, PythonValue, readonly number[]]>([
    ['leaves out its stop', int(2), int(7), int(2), [2, 4, 6]],
    ['goes down', int(3), int(-2), int(-2), [3, 1, -1]],
    ['has the errors of floats', float(0.1), float(0.5), float(0.1), [0.1, 0.2, 0.30000000000000004, 0.4]],
    [
      'may reach its stop by such an error',
      int(1),
      float(1.3),
      float(0.1),
      [1, 1.1, 1.2000000000000002, 1.3000000000000003],
    ],
    [
      'steps by the distance that its first two have',
      float(-0.7),
      float(0.3),
      float(0.3),
      [-0.7, -0.39999999999999997, -0.09999999999999998, 0.19999999999999996],
    ],
  ])('%s, as numpy has it', (_, start, stop, step, expected) => {
    const values = arange(start, stop, step);
    expect(typeof values === 'string' ? values : values.map(({ value }) => value)).toEqual(expected);
  });

  it('of integers is one of integers, any other of floats', () => {
    expect(arange(int(0), int(2), int(1))).toEqual([int(0), int(1)]);
    expect(arange(float(0), int(2), int(1))).toEqual([float(0), float(1)]);
  });

  it.each<[string, unknown, unknown, unknown, RegExp]>([
    ['without end', 0, 1, 0, /^the range from 0 to 1 by 0 never ends; allowed/],
    ['without values', 1, 1, 1, /is empty; stop itself is not part of a range/],
    ['of the wrong direction', 1, 5, -1, /is empty/],
    ['of texts', '1', 5, 1, /must be finite numbers/],
    ['beyond all measure', 0, 1e9, 1, /has 1000000000 values; allowed are up to 10000000/],
  ])('%s is refused', (_, start, stop, step, message) => {
    const [first, last, by] = of(start, stop, step) as [PythonValue, PythonValue, PythonValue];
    expect(arange(first, last, by)).toMatch(message);
  });
});

describe('a text column holds', () => {
  // Recorded from numpy 2.4.6 with SQLite 3.40, and from MariaDB 10.11.
  it.each<[string, readonly PythonValue[], readonly unknown[], string]>([
    ['texts as they are', of('a', '1'), ['a', '1'], 'sqlite'],
    ['integers', of(1, -2), ['1', '-2'], 'sqlite'],
    ['booleans as numbers', of(true, false), ['1', '0'], 'sqlite'],
    ['booleans among integers as numbers', of(true, 3), ['1', '3'], 'sqlite'],
    ['floats with a point', [float(0.1), float(1), float(-2.5)], ['0.1', '1.0', '-2.5'], 'sqlite'],
    ['integers among floats as floats', [int(1), float(2.5)], ['1.0', '2.5'], 'sqlite'],
    [
      'small and large floats with an exponent',
      [float(1e-7), float(1e20), float(1e15)],
      ['1.0e-07', '1.0e+20', '1.0e+15'],
      'sqlite',
    ],
    ['fifteen digits of a float', [float(0.1 + 0.2), float(1 / 3)], ['0.3', '0.333333333333333'], 'sqlite'],
    [
      'anything among texts as Python prints it',
      [int(1), ...of('x', true), float(1e-7), float(2)],
      ['1', 'x', 'True', '1e-07', '2.0'],
      'sqlite',
    ],
    ['what stands beside None as it is', [int(1), ...of(null), float(1)], ['1', null, '1.0'], 'sqlite'],
    [
      'floats in the server’s way',
      [float(1), float(0.1 + 0.2), float(1e-7), float(1e20)],
      ['1', '0.30000000000000004', '0.0000001', '1e20'],
      'mysql',
    ],
  ])('%s', (_, list, expected, provider) => {
    expect(textsOfList(list, provider).values).toEqual(expected);
  });

  it('tells when a list had several types', () => {
    expect(textsOfList(of(1, 'x'), 'sqlite').mixed).toBe(true);
    expect(textsOfList(of(1, 2), 'sqlite').mixed).toBe(false);
    expect(textsOfList(of(1, null), 'sqlite').mixed).toBe(false);
  });
});

describe('a scalar of a Python file', () => {
  // Recorded from PyYAML 6 with OmegaConf's resolvers.
  it.each<[string, unknown, boolean?]>([
    ['yes', true], ['off', false], ['y', 'y'], ['True', true], ['~', null], ['', null], ['None', 'None'],
    ['1_000', 1000], ['017', 15], ['08', '08'], ['0x1F', 31], ['0b101', 5], ['1:30', 90], ['1:30.5', 90.5, true],
    ['1e-3', 0.001, true], ['1.0', 1, true], ['.5', 0.5, true], ['-.5', '-.5'], ['+12', 12], ['-.inf', -Infinity, true],
    ['9007199254740993', 9007199254740993n], ['2026-01-01', '2026-01-01'], ['2026-01-01 10:00:00', '2026-01-01 10:00:00'],
  ])('%s', (source, value, isFloat = false) => {
    expect(pythonScalar(source)).toEqual({ value, float: isFloat });
  }); // prettier-ignore
});
