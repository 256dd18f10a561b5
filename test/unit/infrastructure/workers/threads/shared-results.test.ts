import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Finished } from '../../../../../src/application/ports/worker-messages.ts';
import type { Row } from '../../../../../src/domain/values/column.ts';
import { SharedResults } from '../../../../../src/infrastructure/workers/threads/shared-results.ts';

const ended = (experimentId: number, results: Row, more: Partial<Finished> = {}): Finished => ({
  type: 'finished',
  experimentId,
  attemptId: `attempt-${experimentId}`,
  status: 'done',
  results,
  error: null,
  startedAt: new Date(1_700_000_000_123 + experimentId),
  milliseconds: experimentId / 3,
  ...more,
});

const pair = (executions: number) => {
  const main = new SharedResults(executions);
  return { main, worker: new SharedResults(main.buffer) };
};

const stored = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.constantFrom(-0, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, '\ud800', '],['),
  fc.bigInt(),
  fc.constant(null),
);

test('what can be put is taken as it was, in order; the rest is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.dictionary(fc.string(), stored), fc.boolean()), { maxLength: 20 }),
      (experiments) => {
        const { main, worker } = pair(experiments.length);
        const put: Finished[] = [];
        const taken: Finished[] = [];
        for (const [id, [results, look]] of experiments.entries()) {
          if (worker.put(ended(id, results))) put.push(ended(id, results));
          if (look) taken.push(...main.take());
        }
        taken.push(...main.take());
        expect(taken).toEqual(put); // toEqual tells -0 from 0
        expect(main.take()).toEqual([]);
      },
    ),
  );
});

test.each<[string, Row, Partial<Finished>?]>([
  ['minus zero', { a: -0 }],
  ['a number that is none', { a: Number.NaN }],
  ['an infinite number', { a: Number.POSITIVE_INFINITY }],
  ['a big integer', { a: 2n ** 60n }],
  ['an error', {}, { status: 'error', error: { name: 'Error', message: 'no', stack: '' } }],
  ['processor time', {}, { usage: { cpuMilliseconds: 1 } }],
  ['more text than there is room', { a: 'x'.repeat(5_000) }],
])('%s takes the other way', (_, results, more) => {
  const { main, worker } = pair(4);
  expect(worker.put(ended(1, { a: 0.1 }))).toBe(true);
  expect(worker.put(ended(2, results, more))).toBe(false);
  expect(worker.put(ended(3, { a: null, b: 'ü€😀' }))).toBe(true);
  expect(main.take()).toEqual([ended(1, { a: 0.1 }), ended(3, { a: null, b: 'ü€😀' })]);
});

test('full shared memory takes nothing more, and what is in it stays whole', () => {
  const { main, worker } = pair(1);
  let count = 0;
  while (worker.put(ended(count, { note: '€'.repeat(30) }))) count += 1;
  expect(count).toBeGreaterThan(1);
  expect(main.take().map(({ experimentId }) => experimentId)).toEqual(Array.from({ length: count }, (_, id) => id));
});

test('it is announced once, until the main thread expects it again', () => {
  const { main, worker } = pair(2);
  expect([worker.announce(), worker.announce()]).toEqual([true, false]);
  main.expectAnnouncement();
  expect([worker.announce(), worker.announce()]).toEqual([true, false]);
});
