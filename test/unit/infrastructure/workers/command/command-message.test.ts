import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { ExperimentContext } from '../../../../../src/domain/experiment/experiment-function.ts';
import { actOnLine, Lines } from '../../../../../src/infrastructure/workers/command/command-message.ts';

const heard = (line: string, whole = true) => {
  const calls: unknown[] = [];
  const note =
    (verb: string) =>
    (...values: unknown[]) =>
      void calls.push([verb, ...values]);
  const context: ExperimentContext = {
    experimentId: 1,
    attempt: 1,
    report: note('report'),
    log: note('log'),
    progress: note('progress'),
    heartbeat: note('heartbeat'),
  };
  const { kind, text } = actOnLine(line, whole, context);
  return [kind, ...calls, ...(text === '' || text === line ? [] : [text])];
};

test.each([
  ['{"type":"result","values":{"n":9007199254740993}}', ['message', ['report', { n: 9007199254740993n }]]],
  [' {"values":{"x":0.5},"type":"result"}', ['message', ['report', { x: 0.5 }]]],
  ['{"type":"log","logtable":"folds","values":{"fold":1}}', ['message', ['log', 'folds', { fold: 1 }]]],
  [
    '{"type":"log","logtable":"folds","values":[{"fold":1},{"fold":2}]}',
    ['message', ['log', 'folds', [{ fold: 1 }, { fold: 2 }]]],
  ],
  ['{"type":"progress","progress":{"epoch":3}}', ['message', ['progress', { epoch: 3 }]]],
  ['{"type":"paused"}', ['paused']],
  ['{"type":"metric","value":1}', ['other']],
  ['{"loss": NaN}', ['other']],
  ['[1]', ['other']],
  [' 99 %|###| 99/100 {"values":{"x":0.5},"type":"result"}', ['message', ['report', { x: 0.5 }], ' 99 %|###| 99/100 ']],
  ['{a} {"type":"paused"}', ['paused', '{a} ']],
  ['epoch 3: {"type":"result"}', ['like']],
  ['sending {"type":"log","message":"hello"}', ['like']],
  ["{'type': 'result', 'values': {'x': 0.5}}", ['like']],
  ['{"type":"results","values":{"x":0.5}}', ['like']],
  ['{"type":"Result","values":{"x":0.5}}', ['like']],
  ['{"values":{"x":0.5}}', ['like']],
  ['{"type":"pause"}', ['like']],
  ['  "type": "result",', ['like']],
  ['{"values":{"x":0.5},"type":"result"', ['like']],
  ['{"level":"info","event":{"type":"log"}}', ['other']],
  ['{"type":"lag","ms":3}', ['other']],
])('%s', (line, expected) => {
  expect(heard(line)).toEqual(expected);
});

test('a line that was meant as a message and is none is no ordinary output', () => {
  expect(() => heard('{"type": "result", "values": {"accuracy": NaN}}')).toThrow(/not valid JSON \(NaN/);
  expect(() => heard('{"logtable": "y", "type": "log", "values": {"v": NaN}}')).toThrow(/not valid JSON \(NaN/);
  expect(() => heard('{"values": {"r": -Infinity}, "type": "result"}')).toThrow(/not valid JSON \(NaN/);
  expect(() => heard('100 %|###| {"values": {"r": NaN}, "type": "result"}')).toThrow(/not valid JSON \(NaN/);
  expect(() => heard('{"type":"result","values":[1]}')).toThrow(/"values" are no object/);
  expect(() => heard('{"type":"result","values":{"x":"…', false)).toThrow(/longer than/);
});

test('lines do not depend on how the text is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string().filter((line) => !/[\r\n]/.test(line))),
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      (lines, sizes) => {
        const onLine = vi.fn();
        const splitter = new Lines(onLine);
        const text = lines.map((line) => `${line}\n`).join('');
        for (let from = 0; from < text.length;) {
          const size = sizes.next().value ?? 1;
          splitter.write(text.slice(from, from + size));
          from += size;
        }
        splitter.end();
        expect(onLine.mock.calls.map(([line]) => line as unknown)).toEqual(lines);
      },
    ),
  );
});
