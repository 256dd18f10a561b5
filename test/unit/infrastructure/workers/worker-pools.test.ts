import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { workerPools } from '../../../../src/infrastructure/workers/worker-pools.ts';
import { temporaryDirectory } from '../../../support/databases.ts';
import { runnerOptions } from '../../../support/runner-options.ts';

const options = { ...runnerOptions, isolation: 'process' } as const;

it('checks an experiment once for a run, and again for the next one', async () => {
  const folder = temporaryDirectory();
  const program = (name: string) => {
    const path = join(folder, name);
    writeFileSync(path, '', { mode: 0o755 });
    return { kind: 'command', command: [path] } as const;
  };
  const [first, second] = [program('first'), program('second')];
  const pools = workerPools(defineStudy({ table: 'study', keyfields: { n: 'INT' } }), {});
  await pools.check(first);
  rmSync(first.command[0]);
  await pools.check(first); // remembered
  const pool = await pools.open(first, options);
  await pool.close();
  await expect(pools.check(first)).rejects.toMatchObject({ code: 'MODULE_INVALID' });
  await pools.check(second);
  await expect(pools.check(first)).rejects.toMatchObject({ code: 'MODULE_INVALID' });
});
