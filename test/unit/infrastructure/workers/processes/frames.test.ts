import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  frameOf,
  FrameReader,
  newMark,
  writeFrame,
} from '../../../../../src/infrastructure/workers/processes/frames.ts';
import { temporaryFolder } from '../../../../support/configurations.ts';

const mark = newMark();

const values = [
  1,
  'text \u{1f600}',
  { big: 2n ** 64n, date: new Date(0), nothing: undefined },
  'x'.repeat(300_000),
  null,
  [Number.NaN, -0],
];

const written = (): Buffer => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'frames');
  const descriptor = openSync(path, 'w');
  for (const value of values) writeFrame(descriptor, mark, value);
  closeSync(descriptor);
  return readFileSync(path);
};

test.each([1, 3, 4, 5, 1_000, 65_536, 10_000_000])(
  'what is written arrives as it was, in pieces of %i bytes',
  (size) => {
    const bytes = written().subarray(0, size === 1 ? 500 : undefined);
    const read: unknown[] = [];
    const reader = new FrameReader(
      mark,
      (value) => read.push(value),
      () => read.push('foreign'),
    );
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
    expect(read).toEqual(size === 1 ? values.slice(0, 3) : values);
  },
);

describe('what is no frame is told once, and nothing after it is read', () => {
  const frame = frameOf(mark, 'ours');
  const tooLong = Buffer.from(frame);
  tooLong.writeUInt32LE(2 ** 31, 32);
  const damaged = Buffer.from(frame);
  damaged.fill(0xff, 36);
  test.each<[string, Buffer]>([
    ['text', Buffer.from('progress 10 %\n')],
    ['a byte', Buffer.from('x')],
    ['zeroes, as a length of none', Buffer.alloc(64)],
    ['the frame of another process', frameOf(newMark(), 'theirs')],
    ['a length that no message has', tooLong],
    ['a body that is no value', damaged],
  ])('%s', (_, bytes) => {
    const heard: unknown[] = [];
    const reader = new FrameReader(
      mark,
      (value) => heard.push(value),
      () => heard.push('foreign'),
    );
    for (const piece of [frame, bytes, frame]) reader.read(piece);
    expect(heard).toEqual(['ours', 'foreign']);
  });
});
