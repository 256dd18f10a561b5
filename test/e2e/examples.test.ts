import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { jsonLines, startMain } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

/** Runs an example as its first line says; returns what it prints. */
const run = async (name: string, ...args: string[]): Promise<string> => {
  const file = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { timeout: 600_000 });
  return stdout;
};

it('runs a study on an injected repository and injected workers', async () => {
  const output = await run('inject-repository');
  expect(output).toContain('10 experiments done');
  expect(output).toMatch(/9 +│ 9 +│ 81 +│ 'done'/);
});

it('runs two studies side by side in one process', async () => {
  const output = await run('two-studies', temporaryDirectory());
  expect(output).toMatch(/rough: 20 done, mean deviation 0\.\d+/);
  expect(output).toMatch(/fine: 10 done, mean deviation 0\.0\d+/);
  expect(output).toContain('60 events');
});

describe('the page for those who come from PyExperimenter', () => {
  const tests = new URL('../', import.meta.url);
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

  it('names tests that are there', () => {
    const page = readFileSync(new URL('../docs/coming-from-pyexperimenter.md', tests), 'utf8');
    const named = [...page.matchAll(/`((?:unit|integration|e2e|contract)\/[\w/-]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !files.some((file) => file.startsWith(name)))).toEqual([]);
  });

  it('has a test for each defect, by its number', () => {
    const titles = files
      .filter((name) => name.includes('pyexperimenter'))
      .flatMap((name) => [...readFileSync(new URL(name, tests), 'utf8').matchAll(/^ +it\(['`](D\d+): /gm)]);
    const defects = Array.from({ length: 22 }, (_, at) => `D${at + 1}`);
    expect(new Set(titles.map(([, defect]) => defect))).toEqual(new Set(defects));
  });
});

describe('PyExperimenter’s notebooks', () => {
  /** Runs a program of examples/pyexperimenter in a directory of its own; what it prints, and a way to its tables. */
  const notebook = async (name: string) => {
    const cwd = temporaryDirectory();
    const program = fileURLToPath(new URL(`../../examples/pyexperimenter/${name}.ts`, import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd, timeout: 600_000 });
    const native = openNativeSqlite(join(cwd, `${name.replaceAll('-', '_')}.db`));
    return { stdout, rows: (sql: string) => native.prepare(sql).all(), [Symbol.dispose]: () => native.close() };
  };

  it('general usage: ids, order, what failed, what was added, and a row of emissions for each execution', async () => {
    using ran = await notebook('general-usage');
    const rows = ran.rows('SELECT ID, dataset, seed, kernel, status, test_f1 FROM example_general_usage ORDER BY ID');
    const grid = ['linear', 'poly', 'rbf', 'sigmoid'].flatMap((kernel) => [2, 4, 6].map((seed) => ({ seed, kernel })));
    expect(rows.slice(0, 12)).toMatchObject(grid.map((each, at) => ({ ID: at + 1, dataset: 'iris', ...each, status: 'done' }))); // prettier-ignore
    for (const { test_f1: f1 } of rows.slice(0, 12)) expect(f1).toBeGreaterThan(0.85);
    // Python's reset makes row 15 of row 13; here it keeps its id and its history.
    expect(rows.slice(12)).toMatchObject([
      { ID: 13, dataset: 'error_dataset', seed: 42, kernel: 'linear', status: 'error', test_f1: null },
      { ID: 14, dataset: 'iris', seed: 17, status: 'done' },
    ]);
    const measured = ran.rows('SELECT experiment_id FROM example_general_usage_codecarbon ORDER BY ID');
    expect(measured.map(({ experiment_id: id }) => id)).toEqual([...Array.from({ length: 14 }, (_, at) => at + 1), 13]);
    expect(ran.stdout).toMatch(/12 done, 1 failed\nexperiment 13 failed: Error: Example error\n +at crossValidate/);
    expect(ran.stdout).toContain('experiment 13 was tried 2 times: error, error\n15 executions were measured');
    expect(ran.stdout).toMatch(/dataset & linear & poly & rbf & sigmoid \\\\\n[^]*iris & \$0\.9\d\d \\pm/);
  });

  it('conditional grid: 55 rows, the seed outermost, combinations as they are listed', async () => {
    using ran = await notebook('conditional-grid');
    expect(ran.stdout).toContain('55 added; the second time 0\n');
    const rows = ran.rows('SELECT * FROM example_conditional_grid ORDER BY ID');
    expect(rows.map(({ ID }) => ID)).toEqual(Array.from({ length: 55 }, (_, at) => at + 1));
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['done']));
    const listed = [...['rbf', 'rbf'], ...new Array<string>(8).fill('poly'), 'linear'];
    expect(rows.map(({ kernel }) => kernel)).toEqual(new Array(5).fill(listed).flat());
    expect(rows.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5].flatMap((seed) => new Array<number>(11).fill(seed)));
    const poly = rows.slice(2, 10).map(({ gamma, degree, coef0 }) => [gamma, degree, coef0]);
    expect(poly).toEqual([0.1, 0.3].flatMap((gamma) => [3, 4].flatMap((degree) => [0, 0.1].map((c) => [gamma, degree, c])))); // prettier-ignore
    expect(rows[0]).toMatchObject({ kernel: 'rbf', gamma: 0.1, degree: null, coef0: null });
    expect(ran.stdout).toMatch(/kernel +test_accuracy\nrbf +0\.9/);
  });

  it('logtables: 5 experiments, 20 rows in each logtable, by experiment', async () => {
    using ran = await notebook('logtables');
    expect(ran.rows('SELECT ID, seed, status FROM example_logtables')).toEqual(
      [1, 2, 3, 4, 5].map((seed) => ({ ID: seed, seed, status: 'done' })),
    );
    for (const logtable of ['train_scores', 'test_f1', 'test_accuracy']) {
      const rows = ran.rows(`SELECT * FROM example_logtables__${logtable} ORDER BY ID`);
      expect(rows.map(({ experiment_id: id }) => id)).toEqual([1, 2, 3, 4, 5].flatMap((id) => [id, id, id, id]));
    }
    const scores = ran.rows('SELECT * FROM example_logtables__train_scores ORDER BY ID');
    expect(Object.keys(scores[0] ?? {})).toEqual(['ID', 'experiment_id', 'timestamp', 'f1', 'accuracy', 'kernel']);
    expect(scores.slice(0, 4).map(({ kernel }) => kernel)).toEqual(['linear', 'poly', 'rbf', 'sigmoid']);
  });

  it('pause and continue: one paused by one function and finished by another, the rest open', async () => {
    using ran = await notebook('pause-and-continue');
    expect(ran.stdout.match(/experiment 1 .*|its .*|\d exec.*/g)).toEqual([
      'experiment 1 is paused, 11 are open',
      'experiment 1 is done: paused, then done',
      'its start is the same',
      '2 executions of it were measured',
    ]);
    const [first, ...others] = ran.rows('SELECT * FROM example_pause_and_continue ORDER BY ID');
    expect(first).toMatchObject({ ID: 1, status: 'done', error: null });
    expect(Number(first?.['resumed_at_seconds'])).toBeGreaterThanOrEqual(Number(first?.['paused_at_seconds']));
    expect(others.map(({ status }) => status)).toEqual(new Array(11).fill('created'));
    expect(ran.rows('SELECT experiment_id FROM example_pause_and_continue_codecarbon')).toHaveLength(2);
  });

  it('a Python function stays as it is, behind the adapter of the documentation', async () => {
    const folder = fileURLToPath(new URL('../../examples/pyexperimenter/', import.meta.url));
    const adapter = readFileSync(join(folder, 'adapter.py'), 'utf8');
    const guide = readFileSync(new URL('../../docs/configuration-pyexperimenter.md', import.meta.url), 'utf8');
    expect(guide).toContain(`\`\`\`python\n${adapter}\`\`\``);
    const database = join(temporaryDirectory(), 'study');
    const command = ['--config', 'python-function.yml', '--set', `database.file=${database}`];
    const set = ['--set', 'experiment.command=["python3","adapter.py","study:run"]'];
    const run = await startMain(['run', ...command, ...set, '--json', '--set', 'emissions.enabled=false'], folder)
      .ended;
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ executed: 8, done: 4, error: 4 });
    const native = openNativeSqlite(database);
    const rows = native.prepare('SELECT dataset, "column", status, mean, error FROM example_python_function').all();
    expect(rows.filter(({ dataset }) => dataset === 'iris').map(({ mean }) => Number(mean).toFixed(2))).toEqual([
      '5.84', '3.06', '3.76', '1.20', // iris' sepals and petals
    ]); // prettier-ignore
    for (const { dataset, error } of rows) if (dataset !== 'iris') expect(error).toContain('ValueError: Example error');
    expect(native.prepare('SELECT least, most FROM example_python_function__extremes').all()).toHaveLength(4);
    native.close();
  });
});
