import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/databases.ts';

/** Runs an example as its first line says; returns what it prints. */
const run = async (name: string, ...args: string[]): Promise<string> => {
  const file = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { timeout: 60_000 });
  return stdout;
};

it('runs a study on an injected repository and injected workers', async () => {
  const output = await run('inject-repository');
  expect(output).toContain('10 experiments done');
  expect(output).toMatch(/9 +│ 9 +│ 81 +│ 'done'/);
});

it('runs two studies side by side in one process', async () => {
  const output = await run('two-studies', temporaryDirectory());
  expect(output).toMatch(/rough: 20 done, mean deviation 0\.\d+/);
  expect(output).toMatch(/fine: 10 done, mean deviation 0\.0\d+/);
  expect(output).toContain('60 events');
});
