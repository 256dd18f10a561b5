import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DataOut } from '../../../../../src/infrastructure/cli/output/data-out.ts';

describe('data on its way out', () => {
  it('waits for a slow reader', async () => {
    const pipe = new PassThrough({ highWaterMark: 1 });
    const out = new DataOut(pipe);
    let written = false;
    const writing = out.write('x'.repeat(100_000)).then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    pipe.resume();
    await writing;
    expect(out.gone).toBe(false);
  });

  const failing = (code: string) =>
    new DataOut(
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) }).on(
        'error',
        () => {},
      ),
    );

  it('stops quietly when the reader has gone, and loudly otherwise', async () => {
    const out = failing('EPIPE');
    await out.line('x');
    await out.flush();
    expect(out.gone).toBe(true);
    await expect(failing('ENOSPC').line('x'.repeat(100_000))).rejects.toThrow('ENOSPC');
  });
});
