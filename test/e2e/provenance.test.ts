import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { kindsStudy, studyFolder } from '../support/command-line.ts';

const secret = 'hunter2-canary';
const squares = fileURLToPath(new URL('../fixtures/cli/squares.mjs', import.meta.url));

it('an experiment can be traced to the commit, the machine and the configuration that it came from', async () => {
  const table = {
    name: 'study',
    keyfields: { seed: { type: 'INT', values: { start: 1, stop: 3 } } },
    resultfields: { square: 'INT' },
    logtables: { notes: { text: 'TEXT' } },
  };
  const custom = { depth: 3, apiToken: secret };
  const folder = studyFolder(kindsStudy([], [], { experiment: { module: './squares.mjs' }, table, custom }));
  copyFileSync(squares, join(folder.path, 'squares.mjs'));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], { cwd: folder.path });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  const commit = String(git('rev-parse', 'HEAD')).trim();

  const run = await folder.call('run', '--quiet');
  expect([run.code, run.stderr]).toEqual([0, '']);
  const shown = await folder.call('show', '2', '--json');
  const { provenance, attempts } = JSON.parse(shown.stdout) as {
    readonly attempts: readonly { readonly runnerId: string }[];
    readonly provenance: {
      readonly configuration: { readonly sha256: string; readonly text: string };
      readonly runners: readonly { readonly id: string; readonly facts: object }[];
    };
  };
  const [runner] = provenance.runners;
  expect(provenance.runners).toHaveLength(1);
  expect(runner).toMatchObject({ id: attempts[0]?.runnerId, version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(runner?.facts).toMatchObject({ node: expect.stringMatching(/^2\d\./), commit, dirty: false });
  const { sha256, text } = provenance.configuration;
  expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
  expect(JSON.parse(text)).toMatchObject({
    experiment: { module: './squares.mjs' },
    table,
    custom: { depth: 3, apiToken: '[secret]' },
  });
  expect(shown.stdout).not.toContain(secret);

  // The same study run in another way is the same; another grid is not.
  const filled = await folder.call('fill', '--set', 'runner.workers=3', '--set', 'table.keyfields.seed.values=[1,2,3]');
  expect(filled.code).toBe(0);
  const other = JSON.parse((await folder.call('show', '3', '--json')).stdout) as { provenance: typeof provenance };
  expect(other.provenance.configuration.sha256).not.toBe(sha256);
  expect(other.provenance.runners).toEqual([]);

  const people = (await folder.call('show', '2')).stdout;
  for (const word of [commit.slice(0, 12), attempts[0]?.runnerId.slice(-8) ?? '?', sha256.slice(0, 12)])
    expect(people).toContain(word);
  expect(people).not.toContain('with changes');
});
