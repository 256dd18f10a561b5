import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tableFromIPC } from '@uwdata/flechette';
import { Experimenter } from 'ts-experimenter';
import { describe, expect, it } from 'vitest';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../support/databases.ts';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const example = path('examples/data-frames/main.ts');

describe('the four examples of docs/data-frames.md', () => {
  it('are those of the example, word for word', () => {
    const program = readFileSync(example, 'utf8');
    const blocks = [...readFileSync(path('docs/data-frames.md'), 'utf8').matchAll(/```ts\n([^]*?)```/g)].map(
      ([, text]) => text,
    );
    expect(blocks).toHaveLength(5);
    for (const block of blocks) expect(program).toContain(block?.trim());
  });

  it('do what they say', async () => {
    const folder = temporaryDirectory();
    const { stdout } = await promisify(execFile)(process.execPath, [example, folder], { timeout: 600_000 });
    const [scores = '', near = '', curves = ''] = stdout.split(/^(?=Table: )|^(?=\d+ \{)/m);
    expect(scores).toMatch(/'iris' +│ 'tree' +│ 5 +│ 0\.97\d* +│ 0\.0158[^]*'wine' +│ 'linear' +│ 5 +│ 0\.82/);
    expect(near).toMatch(/^10 \{ ID: 1, dataset: 'iris', learner: 'linear', seed: 0, error: 0\.1 \}/);
    expect(curves).toMatch(/4 cols x 6 rows[^]*'wine' +│ 2 +│ 0\.0999\d* +│ 0\.0749/);
    const arrow = tableFromIPC(readFileSync(join(folder, 'frames.arrow')), { useBigInt: true });
    expect(arrow.numRows).toBe(20);
    expect(arrow.toArray()[0]).toMatchObject({
      ID: 1,
      dataset: 'iris',
      learner: 'linear',
      seed: 0,
      accuracy: 0.9,
      parameters: 10n ** 16n,
    });
  });
});

it('a run does not load the data-frame library, the first frame does', async () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const { Experimenter } = await import(${JSON.stringify(path('dist/index.js'))});
    const config = {
      database: { provider: 'sqlite', file: 'lazy.sqlite' },
      table: { name: 'lazy', keyfields: { a: { type: 'INT', values: [1, 2] } }, resultfields: { b: 'INT' } },
      log: { level: 'error' },
    };
    const experimenter = await Experimenter.open({ config, experiment: ({ keyfields }) => ({ b: keyfields.a * 2 }) });
    await experimenter.run();
    const before = loaded.includes('arquero');
    const frame = await experimenter.table();
    console.log(JSON.stringify({ before, after: loaded.includes('arquero'), rows: frame.objects() }));
    await experimenter.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: temporaryDirectory(),
  });
  expect(JSON.parse(stdout)).toMatchObject({
    before: false,
    after: true,
    rows: [
      { a: 1, b: 2 },
      { a: 2, b: 4 },
    ],
  });
});

const frames = (database: () => Promise<object>): void => {
  it('have the columns and values of the rows, one type a column', async () => {
    const table = {
      name: 'frames',
      keyfields: { n: { type: 'INT', values: [1, 2, 3] } },
      resultfields: { big: 'BIGINT', json: 'JSON', flag: 'BOOLEAN', at: 'DATETIME' },
      logtables: { steps: { step: 'INT', total: 'BIGINT' } },
    };
    const experimenter = await Experimenter.open({
      config: { database: await database(), table, log: { level: 'error' } },
      experiment: ({ keyfields: { n } }, { log }) => {
        for (let step = 0; step < Number(n); step += 1) log('steps', { step, total: step === 2 ? 2n ** 60n : step });
        if (n === 3) throw new Error('no');
        return { big: n === 1 ? 5 : 2n ** 62n, json: { a: [1] }, flag: true, at: '2026-01-02 03:04:05' };
      },
    });
    await experimenter.run();
    const rows = await experimenter.rows();
    const frame = await experimenter.table();
    expect(frame.columnNames()).toEqual(Object.keys(rows[0] ?? {}));
    expect(frame.objects()).toEqual(rows.map((row) => ({ ...row, big: row['big'] === 5 ? 5n : row['big'] })));
    expect((await experimenter.table({ statuses: ['error'] })).array('n')).toEqual([3]);
    expect((await experimenter.table(experimenter.where('n < 3 and big > 5'))).array('n')).toEqual([2]);
    expect(() => experimenter.where('m = 1')).toThrow('no field m (did you mean n?)');
    const steps = await experimenter.logtable('steps');
    expect(steps.columnNames()).toEqual(['ID', 'experiment_id', 'timestamp', 'step', 'total']);
    expect(steps.array('total')).toEqual([0n, 0n, 1n, 0n, 1n, 2n ** 60n]);
    await expect(experimenter.logtable('stps')).rejects.toMatchObject({ code: 'FIELD_UNKNOWN' });
    await experimenter.delete();
    expect(frame.numRows()).toBe(3);
    await experimenter.close();
  });
};

describe('data frames on sqlite', () => {
  frames(async () => ({ provider: 'sqlite', file: join(temporaryDirectory(), 'frames.sqlite') }));
});

describeOnMysql('data frames', (server) => {
  const created = createDatabase(server);
  frames(async () => {
    const { host, port, user, password, database: name } = await created;
    return { provider: 'mysql', host, port, name, user, password };
  });
});
