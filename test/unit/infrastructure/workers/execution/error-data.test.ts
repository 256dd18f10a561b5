import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExperimenterError } from '../../../../../src/domain/errors.ts';
import {
  MOST_MESSAGE,
  MOST_STACK,
  toErrorData,
} from '../../../../../src/infrastructure/workers/execution/error-data.ts';
import { ProgramError } from '../../../../../src/infrastructure/workers/execution/program-end.ts';

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

test('what an error says of the end of a program is kept', () => {
  const end = (thrown: unknown) => toErrorData(thrown).programEnd;
  const failed = (more: object) => Object.assign(new Error('Command failed'), more);
  expect(end(new ProgramError('exited', 'exitCode'))).toBe('exitCode');
  expect(end(failed({ signal: 'SIGTERM', killed: false, code: null }))).toBe('stopSignal'); // execFile
  expect(end(failed({ status: 130, signal: null }))).toBe('stopSignal'); // execFileSync, of a shell
  expect(end(new Error('training failed', { cause: failed({ signal: 'SIGHUP' }) }))).toBe('stopSignal');
  expect(end(failed({ signal: 'SIGTERM', killed: true }))).toBeUndefined(); // by its own time limit
  expect(end(failed({ signal: 'SIGTERM', code: 'ETIMEDOUT' }))).toBeUndefined();
  expect(end(failed({ signal: 'SIGKILL' }))).toBeUndefined();
  expect(end(failed({ code: 1 }))).toBeUndefined();
  expect(end({ message: 'no error', signal: 'SIGTERM' })).toBeUndefined();
});
