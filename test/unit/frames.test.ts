import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FrameReader, writeFrame } from '../../src/infrastructure/workers/frames.ts';
import { temporaryFolder } from '../support/configurations.ts';

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
  for (const value of values) writeFrame(descriptor, value);
  closeSync(descriptor);
  return readFileSync(path);
};

test.each([1, 3, 4, 5, 1_000, 65_536, 10_000_000])(
  'what is written arrives as it was, in pieces of %i bytes',
  (size) => {
    const bytes = written().subarray(0, size === 1 ? 500 : undefined);
    const read: unknown[] = [];
    const reader = new FrameReader((value) => read.push(value));
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
    expect(read).toEqual(size === 1 ? values.slice(0, 3) : values);
  },
);
