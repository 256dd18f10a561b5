import { expect, it } from 'vitest';
import { gridDigest } from '../../../../src/application/study/grid-digest.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';

const digest = (types: Record<string, string>, keyfields: object, more: object = {}): string => {
  const study = defineStudy({ table: 'study', keyfields: types });
  return gridDigest(study, defineGrid(study, { keyfields, ...more } as Parameters<typeof defineGrid>[1]));
};

it('is the same for the same grid, however its values are written', () => {
  const range = digest({ seed: 'INT' }, { seed: { values: { start: 1, stop: 4 } } });
  expect(range).toMatch(/^[0-9a-f]{64}$/);
  expect(digest({ seed: 'INT' }, { seed: { values: ['1', 2, 3n] } })).toBe(range);
});

it('differs with everything that decides about experiments', () => {
  const two = { a: 'INT', b: 'DOUBLE' };
  const values = { a: { values: [1, 2] }, b: { values: [1, 2] } };
  const digests = [
    digest(two, values),
    digest({ b: 'DOUBLE', a: 'INT' }, values),
    digest({ a: 'INT', b: 'INT' }, values),
    digest({ a: 'INT', c: 'DOUBLE' }, { a: values.a, c: values.b }),
    digest(two, { ...values, b: { values: [2, 1] } }),
    digest(two, { ...values, b: { values: [1, 2], when: { a: 1 } } }),
    digest(two, { ...values, b: { values: [1, 2], when: { a: 2 } } }),
    digest(two, values, { exclude: [{ a: 1, b: 1 }] }),
    digest({ a: 'BIGINT', b: 'DOUBLE' }, { ...values, a: { values: [9007199254740992n] } }),
    digest({ a: 'BIGINT', b: 'DOUBLE' }, { ...values, a: { values: [9007199254740993n] } }),
    digest({ a: 'JSON', b: 'DOUBLE' }, { ...values, a: { values: [{ x: 1 }] } }),
    digest({ a: 'JSON', b: 'DOUBLE' }, { ...values, a: { values: [{ x: '1' }] } }),
    digest({ a: 'TEXT', b: 'DOUBLE' }, { ...values, a: { values: ['1'] } }),
    digest({ a: 'TEXT', b: 'DOUBLE' }, { ...values, a: { values: [null] } }),
    digest({ a: 'TEXT', b: 'DOUBLE' }, { ...values, a: { values: ['null'] } }),
  ];
  expect(new Set(digests).size).toBe(digests.length);
});
