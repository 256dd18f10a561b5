import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { fixture, jsonLines, type StudyFolder, studyFolder } from '../support/command-line.ts';
import { createDatabase, describeOnMysql } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const types = {
  flag: 'BOOLEAN',
  big: 'BIGINT',
  small: 'TINYINT',
  ratio: 'DOUBLE',
  money: 'DECIMAL(10,2)',
  wide: 'DECIMAL(20,5)',
  text: 'LONGTEXT',
  at: 'DATETIME(6)',
  day: 'DATE',
  clock: 'TIME(3)',
  extra: 'JSON',
};

const text = 'Grüße, 世界 🌍\n"=1+1"';
const values = {
  flag: true,
  small: 7,
  ratio: 0.30000000000000004,
  text,
  day: '2024-02-29',
  extra: { nested: [1, null, 'ä'], big: 1e300 },
};

const everyType = async (database: object): Promise<StudyFolder> => {
  const study = studyFolder({
    experiment: { module: fixture('cli/every-type.mjs') },
    database,
    table: {
      name: 'every_type',
      keyfields: { seed: { type: 'INT', values: [1, 2, 3] } },
      resultfields: types,
      logtables: { points: { step: 'INT', loss: 'DOUBLE', seen: 'BOOLEAN' } },
    },
    runner: { workers: 1 },
  });
  expect((await study.call('run', '--quiet')).code).toBe(0);
  return study;
};

/** By another implementation than the one that wrote it: Arrow's own, in Rust. */
const parquet = (
  file: string,
): { readonly types: Record<string, string>; readonly rows: readonly Record<string, unknown>[] } => {
  const table = tableFromIPC(readParquet(new Uint8Array(readFileSync(file))).intoIPCStream());
  return {
    types: Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)])),
    rows: table.toArray().map((row) => (row as { toJSON(): Record<string, unknown> }).toJSON()),
  };
};

const suite = (open: () => Promise<object>): void => {
  it('keeps every type in Parquet, as another implementation reads it', async () => {
    const study = await everyType(await open());
    const file = join(study.path, 'rows.parquet');
    expect(await study.call('export', '--output', file)).toMatchObject({
      code: 0,
      stderr: `3 rows written to ${file}\n`,
    });
    const { types: found, rows } = parquet(file);
    expect(found).toMatchObject({
      ID: 'Int32',
      creation_date: 'Timestamp<MICROSECOND>',
      flag: 'Bool',
      big: 'Int64',
      small: 'Int32',
      ratio: 'Float64',
      money: 'Decimal[10e+2]',
      wide: 'Utf8',
      at: 'Timestamp<MICROSECOND>',
      day: 'Date32<DAY>',
      clock: 'Time64<MICROSECOND>',
      extra: 'Utf8',
    });
    const [first, second] = rows;
    const { extra, day, ...others } = values;
    expect(first).toMatchObject({ ...others, big: -9007199254740993n, wide: '0.12345', clock: 86_398_500_000n });
    expect(JSON.parse(String(first?.['extra']))).toEqual(extra);
    expect(new Date(Number(first?.['day'])).toISOString().slice(0, 10)).toBe(day);
    expect(Math.floor(Number(first?.['at']))).toBe(Date.parse('2255-06-30T12:34:56.789Z'));
    expect(String(first?.['money'])).toBe('1250');
    for (const name of Object.keys(types)) expect(second?.[name]).toBeNull();
  });

  it('keeps every type in SQLite', async () => {
    const study = await everyType(await open());
    const file = join(study.path, 'rows.sqlite');
    expect((await study.call('export', '--output', file, '--id', '1-2')).code).toBe(0);
    const native = openNativeSqlite(file);
    const columns = native.prepare("SELECT name, type FROM pragma_table_info('every_type')").all();
    expect(columns.map(({ name }) => name)).toEqual([
      'ID',
      'seed',
      'creation_date',
      'status',
      'start_date',
      'name',
      'machine',
      ...Object.keys(types),
      'end_date',
      'error',
    ]);
    expect(columns).toContainEqual({ name: 'money', type: 'DECIMAL(10,2)' });
    const rows = native.prepare('SELECT *, CAST(big AS TEXT) AS digits FROM every_type').all();
    native.close();
    const { extra, ...others } = values;
    expect(rows[0]).toMatchObject({
      ...others,
      flag: 1,
      digits: '-9007199254740993',
      at: '2255-06-30 12:34:56.789012',
    });
    expect(JSON.parse(String(rows[0]?.['extra']))).toEqual(extra);
    for (const name of Object.keys(types)) expect(rows[1]?.[name]).toBeNull();
    expect(rows).toHaveLength(2);
  });

  it('keeps every type in JSON Lines, and NULL apart from empty text in CSV', async () => {
    const study = await everyType(await open());
    const json = (await study.call('export', '--format', 'jsonl')).stdout;
    expect(jsonLines(json)[0]).toMatchObject({ ...values, money: 12.5, clock: '23:59:58.500' });
    expect(json).toContain('"big":-9007199254740993,');
    const csv = (await study.call('export', '--columns', 'seed,flag,big,text', '--id', '1-2')).stdout;
    expect(csv).toBe(`seed,flag,big,text\r\n1,true,-9007199254740993,"${text.replaceAll('"', '""')}"\r\n2,,,\r\n`);
  });

  it('writes attempts and logtables in every format', async () => {
    const study = await everyType(await open());
    const attempts = jsonLines((await study.call('export', '--what', 'attempts', '--format', 'jsonl')).stdout);
    expect(attempts).toMatchObject(
      [1, 2, 3].map((id) => ({ experiment_id: id, number: 1, outcome: 'done', superseded: false })),
    );
    const file = join(study.path, 'points.parquet');
    expect((await study.call('export', '--logtable', 'points', '--output', file, '--where', 'seed != 2')).code).toBe(0);
    expect(parquet(file).rows).toMatchObject([
      { experiment_id: 1, step: 1, loss: 1 / 3, seen: true },
      { experiment_id: 3, step: 3, loss: 1 / 3, seen: false },
    ]);
    const selected = await study.call(
      'export',
      '--what',
      'attempts',
      '--id',
      '2',
      '--columns',
      'experiment_id,superseded',
    );
    expect(selected.stdout).toBe('experiment_id,superseded\r\n2,false\r\n');
  });

  it('orders by any column', async () => {
    const study = await everyType(await open());
    const ids = async (...flags: readonly string[]) =>
      (await study.call('export', '--columns', 'ID', ...flags)).stdout.trimEnd().split('\r\n').slice(1).map(Number);
    expect(await ids('--order-by', 'ID:desc')).toEqual([3, 2, 1]);
    expect(await ids('--order-by', 'flag')).toEqual([2, 3, 1]);
    expect(await ids('--order-by', 'flag:desc', '--limit', '2')).toEqual([1, 3]);
    expect(await ids('--order-by', 'seed:desc', '--where', 'flag != null')).toEqual([3, 1]);
  });
};

describe('export from SQLite', () => {
  suite(async () => ({ provider: 'sqlite', file: './study.sqlite' }));

  it('refuses what it cannot do, and leaves no file', async () => {
    const study = await everyType({ provider: 'sqlite', file: './study.sqlite' });
    const refusals: readonly (readonly [readonly string[], RegExp])[] = [
      [['--format', 'sqlite'], /--format sqlite is no text: name a file with --output FILE/],
      [['--what', 'atempts'], /--what: found "atempts" \(did you mean attempts\?\); allowed experiments, attempts/],
      [['--what', 'points'], /a logtable: --logtable points/],
      [['--what', 'attempts', '--logtable', 'points'], /give one of them/],
      [['--what', 'attempts', '--order-by', 'number'], /--order-by orders experiments/],
      [['--columns', 'ID,ratios'], /--columns: found "ratios" \(did you mean ratio\?\)/],
      [['--columns', 'ID,ID'], /--columns: found "ID" twice/],
      [['--order-by', 'ratios:desc'], /--order-by: found "ratios" \(did you mean ratio\?\)/],
      [['--order-by', 'extra'], /--order-by: extra holds JSON, which has no order/],
    ];
    for (const [flags, message] of refusals) {
      const ended = await study.call('export', ...flags);
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toMatch(message);
    }
    const native = openNativeSqlite(join(study.path, 'study.sqlite'));
    native.prepare("UPDATE every_type SET ratio = 'NaN' WHERE ID = 3").run();
    native.close();
    const foreign = await study.call('export', '--output', join(study.path, 'rows.parquet'));
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toMatch(/column ratio: found "NaN" in the row 3.*--columns/);
    expect(study.files().filter((name) => name.includes('rows'))).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('writes to devices, pipes and descriptors, and replaces none', async () => {
    const study = await everyType({ provider: 'sqlite', file: './study.sqlite' });
    const { stdout } = await study.call('export', '--columns', 'ID,text');
    for (const flags of [[], ['--force']]) {
      const written = await study.call('export', '--columns', 'ID,text', '--output', '/dev/stdout', ...flags);
      expect(written).toEqual({ code: 0, stdout, stderr: '3 rows written to /dev/stdout\n' });
      const refused = await study.call('export', '--format', 'sqlite', '--output', '/dev/stdout', ...flags);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('which cannot hold this') as string });
    }
    const command = `'${process.execPath}' "$0" export --config study.json --columns ID,text --output`;
    const shell = (script: string) => execFileSync('sh', ['-c', script, main], { cwd: study.path, encoding: 'utf8' });
    shell(`${command} /dev/fd/3 3> third.csv`);
    expect(readFileSync(join(study.path, 'third.csv'), 'utf8')).toBe(stdout);
    expect(shell(`mkfifo pipe; cat pipe & ${command} pipe --force; wait`)).toBe(stdout);
    expect(lstatSync(join(study.path, 'pipe')).isFIFO()).toBe(true);
    for (const descriptor of [9, 999])
      expect(shell(`{ ${command} /dev/fd/${descriptor}; echo $?; } 2>&1`)).toMatch(
        new RegExp(`--output: /dev/fd/${descriptor} cannot be written: .*\\n2\\n$`),
      );
  });

  it('writes empty tables with their columns', async () => {
    const study = studyFolder({
      database: { provider: 'sqlite', file: './study.sqlite' },
      table: { name: 'empty', keyfields: { seed: { type: 'INT', values: [1] } } },
    });
    const file = join(study.path, 'rows.parquet');
    expect((await study.call('export', '--output', file)).code).toBe(0);
    expect(Object.keys(parquet(file).types)).toEqual([
      'ID',
      'seed',
      'creation_date',
      'status',
      'start_date',
      'name',
      'machine',
      'end_date',
      'error',
    ]);
  });
});

describeOnMysql('export', (server) => {
  suite(async () => {
    const { host, port, database: name, user, password } = await createDatabase(server);
    return { provider: 'mysql', host, port, name, user, password };
  });
});
