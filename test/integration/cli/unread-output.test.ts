import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { fileExists, fixture, until } from '../../support/command-line.ts';
import { temporaryDirectory } from '../../support/databases.ts';

/* Pipes that nothing reads for now, such as `2>&1 | less`: what is written to them neither stops the program nor fills its memory. */

interface Writer {
  readonly child: ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream };
  readonly folder: string;
  read(file: string): string;
}

/** Through cat: a pipe, as a shell makes it; Node would give its children sockets. */
const start = (what: 'messages' | 'data', lines: number, patience = 60_000): Writer => {
  const folder = temporaryDirectory();
  const redirected = what === 'data' ? '| cat' : '2>&1 >/dev/null | cat >&2';
  const command = `node "${fixture('cli/unread-output.ts')}" ${what} ${lines} ${patience} ${redirected}`;
  const child = spawn('sh', ['-c', command], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, folder, read: (file) => readFileSync(join(folder, file), 'utf8') };
};

const numbers = (output: string): readonly number[] =>
  output
    .split('\n')
    .filter((line) => line.endsWith('x'))
    .map((line) => Number.parseInt(line, 10));

describe('output that nothing reads', () => {
  it('is dropped beyond a limit where it is messages, and that is said', async () => {
    const writer = start('messages', 200_000);
    await fileExists(join(writer.folder, 'written'));
    expect(Number(writer.read('written'))).toBeLessThan(100 * 1024 * 1024); // of 200 MB
    const said = await text(writer.child.stderr);
    const shown = numbers(said);
    expect(shown).toEqual(Array.from(shown, (_, at) => at)); // the first ones, whole and in order
    const [, dropped = ''] = /^ts-experimenter: (\d+) lines are not shown here/m.exec(said) ?? [];
    expect(shown.length + Number(dropped)).toBe(200_000);
  });

  it('is kept where it is data: the program waits, but its other threads go on', async () => {
    const writer = start('data', 30_000);
    await fileExists(join(writer.folder, 'started'));
    const beats = (): number => (existsSync(join(writer.folder, 'beats')) ? Number(writer.read('beats')) : 0);
    const first = beats();
    await until('a hundred beats', () => beats() > first + 100);
    expect(existsSync(join(writer.folder, 'written'))).toBe(false);
    expect(numbers(await text(writer.child.stdout))).toEqual(Array.from({ length: 30_000 }, (_, at) => at));
    expect(existsSync(join(writer.folder, 'ended'))).toBe(true);
  });

  it('does not keep a program that has ended for ever, which says what is lost', async () => {
    const writer = start('data', 2_000, 500);
    const said = text(writer.child.stderr);
    await fileExists(join(writer.folder, 'ended'));
    writer.child.stdout.resume();
    expect(await said).toMatch(/standard output took nothing for .* s: \d+ bytes are lost/);
  });
});
