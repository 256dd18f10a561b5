import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readGpus } from '../../../src/infrastructure/emissions/gpus.ts';
import { fileExists } from '../../support/command-line.ts';
import { temporaryDirectory } from '../../support/databases.ts';

const program = (script: string): string => {
  const file = join(temporaryDirectory(), 'nvidia-smi');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
};

test('what it prints is read; one that fails or is not there tells of no device', async () => {
  expect(await readGpus(program('echo "NVIDIA A100, 61.5"'))).toEqual({ names: ['NVIDIA A100'], watts: 61.5 });
  expect(await readGpus(program('exit 9'))).toBeUndefined();
  expect(await readGpus('/no/such/nvidia-smi')).toBeUndefined();
});

test('one that hangs with its children is given up, whatever holds its output', async () => {
  const pidFile = join(temporaryDirectory(), 'pid');
  const hanging = program(`trap "" TERM\nsleep 600 &\necho $! > ${pidFile}.new && mv ${pidFile}.new ${pidFile}\nwait`);
  const asked = readGpus(hanging, 1_000);
  await fileExists(pidFile);
  expect(await asked).toBe('hangs');
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL'); // it is still there: nobody waited for it
});
