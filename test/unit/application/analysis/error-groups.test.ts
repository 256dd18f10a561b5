import { errorLine, tracebackLine } from '../../../../src/domain/experiment/error-line.ts';
import { describe, expect, it } from 'vitest';
import { errorReport } from '../../../../src/application/analysis/error-groups.ts';
import { errorKind } from '../../../../src/application/analysis/error-kinds.ts';
import type { Row } from '../../../../src/domain/values/column.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { errorLines, explanationText } from '../../../../src/infrastructure/cli/verbs/errors.ts';

const study = defineStudy({ table: 't', keyfields: { model: 'VARCHAR(9)', batch: 'INT', seed: 'INT' } });

/** 3 models × 3 batches × 4 seeds; `error` of each, or undefined where it is done. */
const report = async (error: (model: string, batch: number, seed: number) => string | undefined) => {
  const rows: Row[] = [];
  for (const model of ['a', 'b', 'c'])
    for (const batch of [64, 128, 512])
      for (let seed = 0; seed < 4; seed += 1) {
        const text = error(model, batch, seed);
        rows.push({ ID: rows.length + 1, error: text ?? null, model, batch, seed });
      }
  return errorReport(study, async function* (fields, which) {
    const read = which === 'ended' ? rows : rows.filter(({ error: failed }) => failed !== null);
    for (const part of [read.slice(0, 5), read.slice(5)])
      yield part.map((row) => fields.map((name) => row[name] ?? null));
  });
};

describe('the line that tells an error', () => {
  const traceback =
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(\n    ~^\nValueError: bad value 17\n';

  it.each([
    ['\n\n  a\r\nb', 'a'],
    [traceback, 'ValueError: bad value 17'],
    [
      `${traceback}\nDuring handling of the above exception, another exception occurred:\n\n${traceback.replace('17', '18')}`,
      'ValueError: bad value 18',
    ],
    ['', ''],
  ])('of %j is %j', (error, line) => {
    expect(errorLine(error)).toBe(line);
  });

  it('is found behind what a program has printed', () => {
    expect(tracebackLine(`epoch 1\n${traceback}bye\n`)).toBe('ValueError: bad value 17');
    expect(tracebackLine('epoch 1\nno traceback')).toBe('');
  });
});

describe('the kind of an error', () => {
  it.each([
    ['Error: CUDA out of memory: 576 MiB at 0x7f4abc', 'Error: CUDA out of memory: <n> MiB at <address>'],
    ["ENOENT: open '/home/me/run-3/a.pt'\n    at x (/a/b.ts:3:4)", "ENOENT: open '<path>'"],
    ['cannot read C:\\runs\\3\\a.pt', 'cannot read <path>'],
    ['connect ECONNREFUSED 10.0.0.3:3306', 'connect ECONNREFUSED <address>'],
    ['GET https://x.org/a?b=1 answered 503', 'GET <url> answered <n>'],
    ['run 0190aa2e-5b1c-7c3e-8d11-0123456789ab lost', 'run <id> lost'],
    ['commit deadbeef01 is gone', 'commit <id> is gone'],
    ['loss is -1.5e+10 after 3 epochs', 'loss is <n> after <n> epochs'],
    ['layer conv2d of L2 regulariser', 'layer conv2d of L2 regulariser'],
    ['either/or', 'either/or'],
    ['no \u001b[31m17', 'no <n>'],
    [
      'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: bad value 17\n',
      'ValueError: bad value <n>',
    ],
    ['', ''],
  ])('of %j is %j', (error, kind) => {
    expect(errorKind(error)).toBe(kind);
  });

  it('is found in any text without taking long', () => {
    const hostile = ['/a'.repeat(50_000), '1.'.repeat(50_000), 'a'.repeat(100_000), '0'.repeat(100_000)];
    for (const text of hostile) expect(errorKind(text).length).toBeLessThanOrEqual(3_000);
  });
});

describe('an explanation', () => {
  it('is a value with which all failed', async () => {
    const { ended, failed, groups } = await report((_, batch, seed) =>
      batch === 512 ? `Error: no memory for ${seed} MB\n at f` : undefined,
    );
    expect({ ended, failed }).toEqual({ ended: 36, failed: 12 });
    expect(groups).toEqual([
      {
        message: 'Error: no memory for <n> MB',
        count: 12,
        exampleId: 9,
        example: 'Error: no memory for 0 MB',
        explanation: { values: { batch: 512 }, failed: 12, ended: 12, otherFailed: 0, otherEnded: 24 },
      },
    ]);
  });

  it('is a pair where neither value alone is it', async () => {
    const { groups } = await report((model, batch) => (model === 'b' && batch === 64 ? 'Error: x' : undefined));
    expect(groups[0]?.explanation).toEqual({
      values: { model: 'b', batch: 64 },
      failed: 4,
      ended: 4,
      otherFailed: 0,
      otherEnded: 32,
    });
  });

  it('may be a share far above that of the others', async () => {
    const { groups } = await report((_, batch, seed) =>
      (batch === 512 && seed > 0) || (batch === 64 && seed === 1 && _ === 'a') ? 'Error: x' : undefined,
    );
    expect(groups[0]?.explanation).toMatchObject({ values: { batch: 512 }, failed: 9, ended: 12, otherFailed: 1 });
  });

  it('is none where failures are spread, single, or everywhere', async () => {
    const spread = await report((model, batch, seed) =>
      (seed + batch / 64 + model.charCodeAt(0)) % 3 === 0 ? 'Error: x' : undefined,
    );
    expect(spread.failed).toBeGreaterThan(5);
    expect(spread.groups[0]?.explanation).toBeUndefined();
    const single = await report((model, batch, seed) =>
      `${model}${batch}${seed}` === 'a640' ? 'Error: x' : undefined,
    );
    expect(single.groups[0]?.explanation).toBeUndefined();
    expect((await report(() => 'Error: x')).groups[0]?.explanation).toBeUndefined();
  });

  it('is told apart for each kind', async () => {
    const { groups } = await report((model, batch) =>
      batch === 512 ? 'Error: memory' : model === 'c' ? 'Error: NaN' : undefined,
    );
    expect(groups.map(({ message, count, explanation }) => [message, count, explanation?.values])).toEqual([
      ['Error: memory', 12, { batch: 512 }],
      ['Error: NaN', 8, { model: 'c' }],
    ]);
  });
});

describe('errors for people', () => {
  it('are cut to the terminal, commands are not', async () => {
    const found = await report((_, batch, seed) =>
      batch === 512 ? `Error: ${'x '.repeat(90)}\u001b[2J ${seed}` : undefined,
    );
    const lines = errorLines(found, 60, (id) => `tse show ${id}`);
    expect(lines).toEqual([
      '12 of 36 ended experiments failed, with 1 kind of errors.',
      '',
      expect.stringMatching(/^12 {2}Error: x x .*…$/),
      '    all 12 with batch=512; none of the 24 others',
      '    tse show 9',
    ]);
    expect(lines[2]?.length).toBe(59);
  });

  it('name what is null', () => {
    const counts = { failed: 3, ended: 4, otherFailed: 1, otherEnded: 1_240 };
    expect(explanationText({ values: { gamma: null }, ...counts })).toBe(
      '3 of the 4 with gamma=null; 1 of the 1,240 others',
    );
  });
});
