import { expect, test } from 'vitest';
import {
  heapLimits,
  threadFlags,
  workerEnvironment,
  workerFlags,
} from '../../../../src/infrastructure/system/child-start.ts';

test('user code sees the environment without our credentials', () => {
  const env = {
    PATH: '/bin',
    HF_TOKEN: 'theirs',
    TS_EXPERIMENTER_DATABASE_PASSWORD: 's',
    MYSQL_PWD: 's',
    MYSQL_ROOT_PASSWORD: 's',
    MYSQL_HOST: 'h',
  };
  expect(workerEnvironment(env)).toEqual({ PATH: '/bin', HF_TOKEN: 'theirs', MYSQL_HOST: 'h' });
});

test('a thread gets the flags that mean something to it', () => {
  const flags = [
    '--input-type=module',
    '--import',
    './hook.mjs',
    '-e',
    'code()',
    '--inspect-brk=0',
    '--conditions=dev',
  ];
  expect(workerFlags(flags)).toEqual(['--import', './hook.mjs', '--conditions=dev']);
});

test('a thread is not given what only a process takes', () => {
  const flags = ['--max-old-space-size=3000', '--expose-gc', '--import', './hook.mjs', '--no-warnings'];
  expect(threadFlags(flags)).toEqual(['--import', './hook.mjs', '--no-warnings']);
  expect(threadFlags(['--no-warnings'])).toEqual(['--no-warnings']);
  expect(workerFlags(flags)).toEqual(flags); // a process takes them all
});

test('a heap in which no thread can start is refused', () => {
  expect(heapLimits(null)).toEqual({});
  expect(heapLimits(16)).toMatchObject({ maxOldGenerationSizeMb: 16 });
  expect(() => heapLimits(8)).toThrow(/runner\.memoryMegabytes is 8: a worker thread needs at least 16/);
});
