import { describe, expect, it } from 'vitest';
import { jsonLines, kindsStudy, type StudyFolder, studyFolder } from '../support/command-line.ts';

/* Experiments that are done and have none of the results that the study declares. */

const kinds = ['returns', 'reports', 'reports-null', 'nothing', 'null', 'pauses', 'throws'];
const module = `import { setTimeout as sleep } from 'node:timers/promises';
export default async ({ keyfields: { kind } }, { report, attempt }) => {
  if (kind === 'returns') return { accuracy: 1 };
  if (kind === 'reports') { report({ accuracy: 1 }); await sleep(30); return; }
  if (kind === 'reports-null') { report({ accuracy: null }); await sleep(30); return; }
  if (kind === 'null') return { accuracy: null };
  if (kind === 'throws') throw new Error('as it should');
  if (kind === 'pauses' && attempt === 1) { report({ accuracy: 0.5 }); return 'paused'; }
};`;

const studyOf = (some: readonly string[], more: object = {}): StudyFolder => {
  const study = studyFolder(kindsStudy(some, [1], { experiment: { module: './kinds.mjs' }, ...more }));
  study.write('kinds.mjs', module);
  return study;
};

describe('done without any of the declared results', () => {
  it('is said by run, status and list, for people and for programs', async () => {
    const study = studyOf(kinds);
    const { code, stdout } = await study.call('run', '--json');
    expect(code).toBe(3);
    const events = jsonLines(stdout);
    expect(events.at(-1)).toMatchObject({ event: 'finished', done: 5, withoutResults: 3 });
    const ids = events.filter(({ withoutResults }) => withoutResults === true).map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([3, 4, 5]));

    const resumed = await study.call('resume', '--all', '--json');
    expect(jsonLines(resumed.stdout).at(-1)).toMatchObject({ done: 1, withoutResults: 0 }); // it had some when it paused

    const status = await study.call('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ withoutResults: { count: 3, exampleId: 3 } });
    const text = (await study.call('status')).stdout;
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /3 experiments done without any of the declared results: .* show 3 --config/,
    );
    const listed = (await study.call('list', '--status', 'done')).stdout
      .split('\n')
      .filter((line) => line.includes('no results'));
    expect(listed.map((line) => line.trim().split(/\s+/)[0])).toEqual(['3', '4', '5']);
  });

  it('makes --strict exit with 3: of run, also for those of an earlier run, of one and of resume', async () => {
    const study = studyOf(['returns', 'nothing']);
    const first = await study.call('run');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /1 experiment done without any of the declared results: .* show 2 --config/,
    );
    expect((await study.call('run', '--quiet', '--strict')).code).toBe(3);
    const one = await study.call('one', '2', '--again', '--yes', '--strict');
    expect(one).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('is done, without any of the declared results'),
    });
    expect((await study.call('one', '1', '--again', '--yes', '--strict', '--quiet')).code).toBe(0);

    const pausing = studyOf(['pauses']);
    pausing.write('kinds.mjs', 'export default (_, { attempt }) => (attempt === 1 ? "paused" : undefined);');
    expect((await pausing.call('run', '--quiet')).code).toBe(0);
    const resumed = await pausing.call('resume', '1', '--strict');
    expect(resumed).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('is done, without any of the declared results'),
    });
  });

  it('is nothing where no results are declared', async () => {
    const { table } = kindsStudy(['nothing']) as { table: object };
    const study = studyOf(['nothing'], { table: { ...table, resultfields: {} } });
    const { code, stdout } = await study.call('run', '--json', '--strict');
    expect(code).toBe(0);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ done: 1, withoutResults: 0 });
    expect(JSON.parse((await study.call('status', '--json')).stdout)).not.toHaveProperty('withoutResults');
    expect((await study.call('list')).stdout).not.toContain('no results');
  });
});
