import { expect, it } from 'vitest';
import { Prefetch } from '../../../../src/application/runner/prefetch.ts';

it('starts one by one, claiming nothing ahead', () => {
  const pace = new Prefetch();
  expect([pace.chunkSize(), pace.experiments(4)]).toEqual([1, 0]);
});

it.each([
  [1, 226, 1_000],
  [100, 3, 10],
  [200, 2, 5],
  [300, 1, 3],
])(
  'of %d ms, hands over what begins within 225 ms, and claims half a second ahead for each worker',
  (ms, ...wanted) => {
    const pace = new Prefetch();
    pace.measured(ms);
    expect([pace.chunkSize(), pace.experiments(2)]).toEqual(wanted);
  },
);

it('never exceeds its bounds, however short the experiments', () => {
  const pace = new Prefetch();
  pace.measured(0);
  expect([pace.chunkSize(), pace.experiments(64)]).toEqual([256, 4_096]);
});

it('believes one long experiment at once', () => {
  const pace = new Prefetch();
  for (let index = 0; index < 1_000; index += 1) pace.measured(0.01);
  pace.measured(60_000);
  expect([pace.chunkSize(), pace.experiments(4)]).toEqual([1, 0]);
});
