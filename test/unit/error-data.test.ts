import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExperimenterError } from '../../src/domain/errors.ts';
import { MOST_MESSAGE, MOST_STACK, toErrorData } from '../../src/infrastructure/workers/error-data.ts';

const hostile = {
  toString: () => {
    throw new Error('no');
  },
  [inspect.custom]: () => {
    throw new Error('no');
  },
  get x() {
    throw new Error('no');
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();

test.each([
  ['null', null, /no Error was thrown: null/],
  ['undefined', undefined, /thrown: undefined/],
  ['a text', 'out of cheese', /thrown: out of cheese/],
  ['a symbol', Symbol('s'), /thrown: Symbol\(s\)/],
  ['an object whose code throws', hostile, /thrown: \{/],
  ['a revoked proxy', revoked.proxy, /thrown: <Revoked Proxy>/],
  ['an object with a message', { message: 'like an error' }, /^Error: like an error$/],
  [
    'our own error',
    new ExperimenterError('FIELD_UNKNOWN', 'no such field'),
    /^ExperimenterError \[FIELD_UNKNOWN\]: no such field\n    at /,
  ],
  ['NUL and half characters', new Error('a\0b\ud800c'), /^Error: a\u2400b\ufffdc\n/],
  [
    'several errors',
    new AggregateError([new Error('one'), 'two'], 'both'),
    /^AggregateError: both[^]*errors\[0\]: Error: one[^]*errors\[1\]: Error: .*two/,
  ],
])('%s', (_, thrown, stack) => {
  const data = toErrorData(thrown);
  expect(data.stack).toMatch(stack);
  expect(data.stack).toContain(data.message);
  expect(structuredClone(data)).toEqual(data);
});

test('a cycle of causes ends', () => {
  const error = new Error('first', { cause: new Error('second') });
  (error.cause as Error).cause = error;
  expect(toErrorData(error).stack.match(/first|second/g)).toEqual(['first', 'second']);
});

test('a long message keeps its beginning, its end and the frames', () => {
  const { message, stack } = toErrorData(new Error(`begin${'x'.repeat(1_000_000)}end`));
  expect(message).toMatch(/^beginx+ \[… \d+ characters left out …\] x+end$/);
  expect(message.length).toBeLessThanOrEqual(MOST_MESSAGE);
  expect(stack).toMatch(/end\n    at /);
});

test('never throws, always bounded', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
      fc.string({ maxLength: 50_000 }),
      (thrown, text) => {
        const both = [toErrorData(thrown), toErrorData(new Error(text, { cause: thrown }))];
        for (const { message, stack } of both) {
          expect(message.length).toBeLessThanOrEqual(MOST_MESSAGE);
          expect(stack.length).toBeLessThanOrEqual(MOST_STACK);
        }
      },
    ),
    { numRuns: 200 },
  );
});
