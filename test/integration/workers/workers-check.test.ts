import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { checkModule, checkProgram } from '../../../src/infrastructure/workers/experiment/check-module.ts';
import { PiscinaPool } from '../../../src/infrastructure/workers/threads/piscina-pool.ts';
import { behaviourStudy, executed, experimentFile } from '../../support/experiments.ts';

test.each(['behaviour.ts', 'no-op.mjs', 'common.cjs'])('%s is an experiment function', async (name) => {
  await checkModule(experimentFile(name));
});

test.each([
  ['not-there.ts', /not-there\.ts: there is no such file.*export default defineExperiment/],
  ['no-default-export.mjs', /no default export; it exports experiment.*export default defineExperiment/],
  ['object-export.mjs', /its default export is \{ accuracy: 1 \}/],
  ['syntax-error.mjs', /syntax-error\.mjs:2\n.*broken = ;\n.*\^[^]*SyntaxError: Unexpected token/],
  [
    'throws-at-import.mjs',
    /throws-at-import\.mjs cannot be loaded: Error: no GPU here\n    at .*throws-at-import\.mjs:1/,
  ],
  ['missing-import.mjs', /Cannot find module .*not-there\.mjs/],
  ['awaits-for-ever.mjs', /a top-level await in it, or in what it imports, never ends/],
  ['exits-at-import.mjs', /it calls process\.exit\(7\) while it is loaded/],
])('%s is refused, with the reason', async (name, reason) => {
  await expect(checkModule(experimentFile(name))).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    message: expect.stringMatching(reason),
  });
});

test('TypeScript that needs a compiler is refused with its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'experiments-'));
  const file = join(folder, 'enum.ts');
  await writeFile(file, 'export const one = 1;\nenum Kernel { Linear }\nexport default () => Kernel.Linear;\n');
  await expect(checkModule(file)).rejects.toMatchObject({
    message: expect.stringMatching(/enum\.ts:2\n[^]*Node only strips types: enums/),
  });
  await rm(folder, { recursive: true });
});

test('loading that takes long is told, and ends after the limit', async () => {
  const notes: string[] = [];
  const times = { note: 1, limit: 300 };
  const checked = checkModule(experimentFile('awaits-with-timer.mjs'), (text) => notes.push(text), times);
  await expect(checked).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    message: expect.stringContaining('still not loaded after 0.3 s'),
  });
  expect(notes).toEqual([expect.stringMatching(/awaits-with-timer\.mjs is still being loaded after 0\.001 s/)]);
});

test('a program must be there and executable', async () => {
  await checkProgram('node');
  await checkProgram(process.execPath);
  await expect(checkProgram('no-such-program')).rejects.toMatchObject({
    code: 'MODULE_INVALID',
    message: expect.stringContaining('on PATH'),
  });
  await expect(checkProgram(experimentFile('no-op.mjs'))).rejects.toMatchObject({
    message: expect.stringContaining('not executable'),
  });
});

test('a module that fails to load after all fails each experiment, not the thread', async () => {
  const source = { kind: 'module', file: experimentFile('throws-at-import.mjs') } as const;
  const pool = new PiscinaPool({ size: 1, study: behaviourStudy, custom: {}, source, memoryMegabytes: null });
  const { finished, cause } = await executed(pool, 'ok', 'ok');
  expect(cause).toBeNull();
  for (const id of [1, 2])
    expect(finished(id)?.error?.stack).toMatch(/MODULE_INVALID[^]*caused by: Error: no GPU here/);
  await pool.close();
});

test("nothing an experiment prints reaches the runner's standard output, and a program given by --eval can have a pool", async () => {
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { workerPools } from ${at('../../../src/infrastructure/workers/worker-pools.ts')};
    import { behaviourStudy, chunkOf, executed, experimentFile, follow } from ${at('../../support/experiments.ts')};
    const pool = await workerPools(behaviourStudy, {}).open({ kind: 'module', file: experimentFile('behaviour.ts') }, { workers: 1, memoryMegabytes: null });
    const { messages } = await executed(pool, 'prints');
    console.log(messages.map(({ type }) => type).join());
    const { run, said } = follow(pool, chunkOf('busy-loop'));
    await said(({ type }) => type === 'logged');
    run.abort(0);
    await run.settled;
    await pool.close();`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toBe('finished\n');
  expect(stderr).toBe('through console.log\nthrough process.stdout\nfirst of the busy loop\nsecond of the busy loop\n');
});
