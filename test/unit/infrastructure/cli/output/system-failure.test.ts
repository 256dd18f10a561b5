import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureReport } from '../../../../../src/infrastructure/cli/output/exit-code.ts';
import { systemFailure } from '../../../../../src/infrastructure/cli/output/system-failure.ts';

/** An error as Node makes them of the system's. */
const systemError = (code: string, more: object = { path: '/place' }): Error =>
  Object.assign(new Error(`${code}: in the system's words, open '/place'`), {
    code,
    syscall: 'open',
    errno: -1,
    ...more,
  });

describe('an error of the operating system', () => {
  const paths =
    'EACCES EPERM EROFS ENOENT ENOTDIR EISDIR EEXIST ENOTEMPTY ENAMETOOLONG ELOOP EINVAL ENOTSUP EXDEV EBUSY ETXTBSY EADDRINUSE ENXIO ENODEV EIO';
  const limits = 'ENOSPC EFBIG EMFILE ENFILE ENOMEM EAGAIN';

  it.each([
    ...paths.split(' ').map((name) => [name, 'USAGE', 2] as const),
    ...limits.split(' ').map((name) => [name, 'LIMIT_REACHED', 1] as const),
  ])('%s has words, a code and a remedy', (name, code, exitCode) => {
    const report = failureReport(systemError(name), false);
    expect(report.text).toMatch(new RegExp(`^ts-experimenter: /place: [a-z].* \\(${name}\\); [a-z].*$`));
    expect(report.exitCode).toBe(exitCode);
    expect(JSON.parse(failureReport(systemError(name), true).text)).toMatchObject({ error: { code } });
  });

  it('names both places, or the call where there is none', () => {
    expect(systemFailure(systemError('EXDEV', { path: '/a', dest: '/b' }))?.message).toMatch(/^\/a → \/b: /);
    expect(systemFailure(systemError('ENOSPC', {}))?.message).toMatch(/^open failed: no space is left/);
  });

  it('has words where Node has no name for it', () => {
    const unnamed = (errno: number): Error =>
      systemError(`Unknown system error ${-errno}`, { errno: -errno, path: '/p' });
    expect(systemFailure(unnamed(constants.errno.EDQUOT))?.message).toMatch(/disk quota is used up \(EDQUOT\)/);
    expect(systemFailure(unnamed(constants.errno.ESTALE))?.message).toMatch(/network file system .* \(ESTALE\)/);
  });

  it('is told of threads that cannot be started', () => {
    const error = Object.assign(new Error('Worker initialization failure: EMFILE'), { code: 'ERR_WORKER_INIT_FAILED' });
    expect(systemFailure(error)).toMatchObject({
      code: 'LIMIT_REACHED',
      message: expect.stringContaining('ulimit -n'),
    });
  });

  it('is told of packages that cannot be read', () => {
    const words = 'Cannot read package config /p/package.json: too many open files.';
    const error = Object.assign(new Error(words), { code: 'ERR_INVALID_PACKAGE_CONFIG' });
    expect(systemFailure(error)).toMatchObject({ code: 'LIMIT_REACHED', message: expect.stringContaining('EMFILE') });
  });

  it('is none where code or call are not of the system: that stays a defect', () => {
    for (const error of [
      new TypeError('x is not a function'),
      systemError('ERR_INVALID_ARG_TYPE'),
      Object.assign(new Error('x'), { code: 'ENOENT' }),
      systemError('ECHILD'),
      null,
      'ENOENT',
    ])
      expect(systemFailure(error)).toBeUndefined();
  });

  it('is what Node really throws', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsx-test-'));
    const thrown = (path: string): unknown => {
      try {
        return readFileSync(path);
      } catch (error) {
        return error;
      }
    };
    expect(systemFailure(thrown(folder))?.message).toMatch(/it is a directory \(EISDIR\)/);
    expect(systemFailure(thrown(join(folder, 'x'.repeat(300))))?.message).toMatch(/ENAMETOOLONG/);
    rmdirSync(folder);
    expect(systemFailure(thrown(folder))?.message).toBe(
      `${folder}: there is no such file or directory (ENOENT); create it, or name another one`,
    );
  });
});
