import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { type Ended, jsonLines, startMain } from '../support/command-line.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import { documentedConfiguration, pyExperimenterYaml } from '../support/pyexperimenter.ts';
import { credentialsFile } from '../support/python-places.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const experiment = file('test/fixtures/cli/kernels.mjs');

/** A working directory with config/experiment_configuration.yml, as PyExperimenter wants it. */
const project = (configuration: string) => {
  const path = temporaryDirectory();
  mkdirSync(join(path, 'config'));
  writeFileSync(join(path, 'config/experiment_configuration.yml'), configuration);
  const call = async (verb: string, ...args: readonly string[]): Promise<Ended> =>
    startMain([verb, '--config', 'config/experiment_configuration.yml', ...args], path).ended;
  return { path, call };
};

/** What PyExperimenter creates for the documented configuration, in its words and order. */
const mainColumns = [
  ['dataset', 'VARCHAR(255)'],
  ['folds', 'INT'],
  ['seed', 'INT'],
  ['kernel', 'VARCHAR(255)'],
  ['creation_date', 'DATETIME'],
  ['status', 'VARCHAR(255)'],
  ['start_date', 'DATETIME'],
  ['name', 'LONGTEXT'],
  ['machine', 'VARCHAR(255)'],
  ['pipeline', 'LONGTEXT'],
  ['pipeline_timestamp', 'VARCHAR(255)'],
  ['train_f1', 'DOUBLE'],
  ['train_f1_timestamp', 'VARCHAR(255)'],
  ['test_f1', 'DOUBLE'],
  ['test_f1_timestamp', 'VARCHAR(255)'],
  ['end_date', 'DATETIME'],
  ['error', 'LONGTEXT'],
] as const;
const logColumns = [
  ['experiment_id', 'INTEGER'],
  ['timestamp', 'DATETIME'],
  ['kernel', 'VARCHAR(50)'],
  ['f1', 'DOUBLE'],
] as const;

describe('the documented configuration of PyExperimenter, unchanged', () => {
  it('runs to its end on SQLite, in tables as Python makes them', async () => {
    const { path, call } = project(documentedConfiguration());
    const run = await call('run', '--experiment', experiment, '--json');
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^info: emissions: .*\n$/); // and no warning
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ added: 60, executed: 60, done: 60, error: 0 });

    const native = openNativeSqlite(join(path, 'study.db'));
    // The statement that Python would have made, run beside ours: SQLite itself says whether they are the same.
    const declared = mainColumns.map(([name, type]) => `${name} ${type} DEFAULT NULL`).join(',');
    native.exec(`CREATE TABLE python (ID INTEGER PRIMARY KEY AUTOINCREMENT, ${declared});`);
    const logDeclared = logColumns.map(([name, type]) => `${name} ${type} DEFAULT NULL`).join(',');
    native.exec(
      `CREATE TABLE python__evaluations (ID INTEGER PRIMARY KEY AUTOINCREMENT, ${logDeclared}, FOREIGN KEY (experiment_id) REFERENCES kernels(ID) ON DELETE CASCADE);`,
    );
    const columns = (table: string) =>
      native.prepare(`SELECT name, upper(type) AS type, pk FROM pragma_table_info('${table}')`).all();
    expect(columns('kernels')).toEqual(columns('python'));
    expect(columns('kernels__evaluations')).toEqual(columns('python__evaluations'));
    const keys = (table: string) =>
      native.prepare(`SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list('${table}')`).all();
    expect(keys('kernels__evaluations')).toEqual(keys('python__evaluations'));
    expect(native.prepare("SELECT sql FROM sqlite_schema WHERE name = 'kernels'").all()[0]?.['sql']).toMatch(
      /autoincrement/i,
    );

    // numpy's order: kernel slowest, then seed, then dataset, and folds fastest.
    const rows = native.prepare('SELECT * FROM kernels ORDER BY ID').all();
    expect(rows.map(({ ID }) => ID)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(rows.slice(0, 5).map(({ dataset, folds, seed, kernel }) => [dataset, folds, seed, kernel])).toEqual([
      ['iris', 3, 0, 'linear'],
      ['iris', 5, 0, 'linear'],
      ['wine', 3, 0, 'linear'],
      ['wine', 5, 0, 'linear'],
      ['iris', 3, 1, 'linear'],
    ]);
    const { error, machine, ...last } = rows[59] ?? {};
    expect(last).toMatchObject({ dataset: 'wine', folds: 5, seed: 4, kernel: 'rbf', status: 'done', pipeline: 'path/to/data', train_f1: 0.5, test_f1: 0.4 }); // prettier-ignore
    expect(last['test_f1_timestamp']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect([error, typeof machine]).toEqual([null, 'string']);
    const logged = native.prepare('SELECT * FROM kernels__evaluations WHERE experiment_id = 60 ORDER BY ID').all();
    expect(logged).toMatchObject([{ kernel: 'rbf', f1: 0.5 }, { kernel: 'rbf', f1: 0.4 }]); // prettier-ignore
    const [{ measured } = {}] = native.prepare('SELECT COUNT(*) AS measured FROM kernels_codecarbon').all();
    expect(measured).toBe(60);
    const [consumed] = native.prepare('SELECT * FROM kernels_codecarbon LIMIT 1').all();
    expect(consumed?.['codecarbon_timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/); // as CodeCarbon writes it
    expect(consumed).toMatchObject({ longitude: null, latitude: null });
    native.close();

    // CodeCarbon's file, where its section says.
    const emissions = readFileSync(join(path, 'output/CodeCarbon/emissions.csv'), 'utf8').trimEnd().split('\n');
    expect(emissions).toHaveLength(61);
    expect(emissions[0]).toMatch(/^timestamp,project_name,run_id,duration,emissions,/);

    const exported = jsonLines((await call('export', '--what', 'emissions', '--format', 'jsonl')).stdout);
    expect(exported).toHaveLength(60);
    expect(Object.keys(exported[0] ?? {})).toHaveLength(34);
    expect(exported[0]).toMatchObject({ ID: 1, country_iso_code: 'DEU', tracking_mode: 'process', offline_mode: true });
    const one = await call(
      'export',
      '--what',
      'emissions',
      '--format',
      'csv',
      '--columns',
      'experiment_id',
      '--id',
      '7',
    );
    expect(one.stdout.trim().split(/\r?\n/)).toEqual(['experiment_id', '7']);

    expect(JSON.parse((await call('fill', '--json')).stdout)).toMatchObject({ added: 0, existing: 60 });
  });

  it('says what is wrong with a file, on standard error and in check --json', async () => {
    const { call } = project(
      pyExperimenterYaml({ root: { CUSTOM: { a: 1 } }, table: { resultfields: { test_f1: 'DECIMAL' } } }),
    );
    const line =
      /config\/experiment_configuration\.yml:\d+: PY_EXPERIMENTER\.CUSTOM: PyExperimenter reads Custom and ignores CUSTOM/;
    const fill = await call('fill');
    expect(fill.code).toBe(0);
    expect(fill.stderr).toMatch(line);
    expect(fill.stderr).toMatch(
      /^warn: config\/experiment_configuration\.yml:\d+: PY_EXPERIMENTER\.Database\.table\.resultfields\.test_f1: DECIMAL/m,
    );
    const check = await call('check', '--experiment', experiment, '--json');
    expect((JSON.parse(check.stdout) as { warnings: string[] }).warnings).toEqual(
      expect.arrayContaining([expect.stringMatching(line)]),
    );
    // What was read, and what it means here.
    expect(JSON.parse(check.stdout)).toMatchObject({
      experiments: 2,
      configuration: {
        runner: { workers: 1 },
        table: { keyfields: { seed: { type: 'INT', values: [1, 2] } } },
        custom: { a: 1 },
      },
    });
    const quiet = await call('check', '--experiment', experiment, '--set', 'log.level=error');
    expect(quiet.stdout).toMatch(line);
  });

  it('executes ids, creates only, resumes and deletes from the command line', async () => {
    const { path, call } = project(documentedConfiguration());
    expect(await call('fill', '--create-only', '--json')).toMatchObject({
      code: 0,
      stdout: '{"v":1,"added":0,"existing":0}\n',
    });
    const part = await call('run', '--experiment', experiment, '--id', '2,4-5', '--json');
    expect(part.code).toBe(0);
    expect(jsonLines(part.stdout).at(-1)).toMatchObject({ added: 60, executed: 3, done: 3 });
    const ended = jsonLines(part.stdout).filter(({ event }) => event === 'done');
    expect(new Set(ended.map(({ id }) => id))).toEqual(new Set([2, 4, 5]));
    const again = await call('run', '--experiment', experiment, '--id', '2', '--json');
    expect(again.code).toBe(2);
    const pausing = join(path, 'pausing.mjs');
    writeFileSync(pausing, "export default () => 'paused';");
    await call('run', '--experiment', pausing, '--where', 'kernel = poly and seed = 0', '--quiet');
    expect(JSON.parse((await call('status', '--json')).stdout)).toMatchObject({ counts: { done: 3, paused: 4 } });
    expect((await call('resume', '--experiment', experiment)).code).toBe(2);
    const resumed = await call('resume', '--all', '--experiment', experiment, '--workers', '2');
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^4 experiments continued in .*: 4 done, 0 failed, 0 paused again\.\n$/) }); // prettier-ignore
    expect((await call('delete', '--recreate', '--yes')).stdout).toMatch(/^Dropped and created again: kernels/);
    expect(JSON.parse((await call('status', '--json')).stdout)).toMatchObject({ counts: { created: 0, done: 0 } });
  });

  it('refuses a Python file as the function, and says how it is kept', async () => {
    const { path, call } = project(documentedConfiguration());
    writeFileSync(join(path, 'run.py'), '');
    const { code, stderr } = await call('run', '--experiment', 'run.py');
    expect(code).toBe(2);
    expect(stderr).toContain('a program of another language is a command');
    expect(stderr).toContain('experiment.command=["python3","run.py"]');
  });
});

describeOnMysql('the documented configuration of PyExperimenter', (server) => {
  it('runs to its end with a credentials file', async () => {
    const created = await createDatabase(server);
    const { path, call } = project(documentedConfiguration({ provider: 'mysql', database: created.database }));
    const credentials = credentialsFile(created);
    const run = await call('run', '--experiment', experiment, '--credentials', credentials, '--json');
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^info: emissions: .*\n$/); // and no warning
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ added: 60, executed: 60, done: 60, error: 0 });

    // Where Python looks for it, and as readable as Python's users leave it.
    writeFileSync(join(path, 'config/database_credentials.yml'), readFileSync(credentials), { mode: 0o644 });
    const fill = await call('fill', '--json');
    expect(JSON.parse(fill.stdout)).toMatchObject({ added: 0, existing: 60 });
    expect(fill.stderr).toMatch(/^warn: config\/database_credentials\.yml: other users of this machine can read it/);

    const { host, port, user, password, database } = created;
    const connection = await createConnection({ host, port, user, password, database });
    try {
      const declared = mainColumns.map(([name, type]) => `${name} ${type} DEFAULT NULL`).join(',');
      await connection.query(`CREATE TABLE python (ID INTEGER PRIMARY KEY AUTO_INCREMENT, ${declared});`);
      const columns = async (table: string) =>
        (await connection.query(`SELECT COLUMN_NAME, COLUMN_TYPE, COLUMN_DEFAULT, EXTRA FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}' ORDER BY ORDINAL_POSITION`))[0]; // prettier-ignore
      expect(await columns('kernels')).toEqual(await columns('python'));
      const [rows] = await connection.query(
        'SELECT ID, dataset, folds, seed, kernel, test_f1 FROM kernels WHERE ID IN (1, 60)',
      );
      expect(rows).toEqual([
        { ID: 1, dataset: 'iris', folds: 3, seed: 0, kernel: 'linear', test_f1: 0 },
        { ID: 60, dataset: 'wine', folds: 5, seed: 4, kernel: 'rbf', test_f1: 0.4 },
      ]);
      const [[logs]] = (await connection.query('SELECT COUNT(*) AS n FROM kernels__evaluations')) as unknown as [
        [{ n: number }],
      ];
      expect(logs.n).toBe(120);
    } finally {
      await connection.end();
    }
  });
});

const python = (() => {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
})();

describe.skipIf(python === undefined)('a Python function', () => {
  it('stays as it is, behind the adapter of the documentation', async () => {
    const guide = readFileSync(file('docs/configuration-pyexperimenter.md'), 'utf8');
    const [, adapter = ''] = /```python\n(# adapter\.py[^]*?)```/.exec(guide) ?? [];
    const { path, call } = project(documentedConfiguration());
    writeFileSync(join(path, 'adapter.py'), adapter);
    writeFileSync(
      join(path, 'study.py'),
      `
def run(keyfields, result_processor, custom_fields):
    if keyfields['seed'] == 3:
        raise ValueError('no such seed')
    result_processor.process_results({'pipeline': custom_fields['datapath'], 'train_f1': 0.25})
    result_processor.process_logs({'evaluations': {'kernel': keyfields['kernel'], 'f1': 0.5}})
    if keyfields['seed'] == 4:
        return 'paused'
`,
    );
    const set = 'experiment.command=["python3","adapter.py","study:run"]';
    const run = await call('run', '--set', set, '--where', 'kernel = rbf and dataset = iris and folds = 3', '--json');
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ executed: 5, done: 3, error: 1, paused: 1 });
    const rows = jsonLines((await call('list', '--json', '--status', 'done,error,paused')).stdout);
    expect(rows.map(({ seed, status, train_f1: f1 }) => [seed, status, f1])).toEqual([
      [0, 'done', 0.25],
      [1, 'done', 0.25],
      [2, 'done', 0.25],
      [3, 'error', null],
      [4, 'paused', 0.25],
    ]);
    expect(rows[3]?.['error']).toMatch(/^Error: ValueError: no such seed; the command python3 exited with code 1/);
    expect((await call('errors')).stdout).toMatch(
      /^1 of 5 ended .*\n\n1 {2}Error: ValueError: no such seed; the command/,
    );
    const logs = jsonLines((await call('export', '--logtable', 'evaluations', '--format', 'jsonl')).stdout);
    expect(logs.map(({ kernel, f1 }) => [kernel, f1])).toEqual(new Array(4).fill(['rbf', 0.5]));
  });
});
