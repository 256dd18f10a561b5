import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  type Ended,
  fileExists,
  fixture,
  startMain,
  type StudyFolder,
  studyFolder,
  until,
} from '../support/command-line.ts';
import { createDatabase, describeOnMysql, temporaryDirectory } from '../support/databases.ts';
import { shapeOf } from '../support/json-shape.ts';

/*
 * Everything that the command line prints with --json, and its exit codes, on one small study. Programs rely on them.
 * A key that is renamed, lost or added changes the snapshot, and so does another exit code. After an intended change,
 * `npx vitest run test/e2e/json-shapes.test.ts --update` writes the snapshot again.
 */

const configuration = (database: object): Record<string, unknown> => ({
  experiment: { module: './shapes.mjs' },
  database,
  table: {
    name: 'study',
    keyfields: {
      method: { type: 'VARCHAR(20)', values: ['good', 'better', 'throws', 'nothing', 'pauses', 'waits'] },
      dataset: { type: 'VARCHAR(20)', values: ['x', 'y'] },
      seed: { type: 'INT', values: [1, 2] },
      depth: { type: 'INT', default: 3, values: [3], when: { method: ['good'] } },
    },
    exclude: [
      { method: ['throws', 'nothing', 'pauses', 'waits'], seed: 2 },
      { method: ['nothing', 'pauses', 'waits'], dataset: 'y' },
    ],
    resultfields: { accuracy: 'DOUBLE', big: 'BIGINT', flag: 'BOOLEAN', day: 'DATE', text: 'TEXT', extra: 'JSON' },
    logtables: { steps: { step: 'INT', loss: 'DOUBLE' } },
  },
  runner: { workers: 2 },
  custom: { path: 'data', apiToken: 'hidden' },
  emissions: { enabled: true, countryIsoCode: 'DEU', cpuWatts: 100 },
  log: { level: 'error' },
});

/** The experiments of the configuration above, by what becomes of them. */
const id = { done: '1', failed: '9', nothing: '11', paused: '12', waiting: '13' } as const;

/** What one call printed. */
interface Step {
  readonly title: string;
  readonly lines: readonly string[];
}

const stepOf = (title: string, { code, stdout, stderr }: Ended): Step => ({
  title,
  lines: [
    `exit code ${code}`,
    ...linesOf(stdout).filter((line) => line !== byDurations),
    ...linesOf(stderr).map((line) => `stderr ${line}`),
  ],
});

/** A plan has this key or not: it depends on the measured durations. */
const byDurations = 'expected.by: string';

/** The shape of one document, or of a document a line; what is no JSON is a text. */
const linesOf = (output: string): readonly string[] => {
  const whole = parsed(output);
  if (whole !== undefined || output.trim() === '') return shapeOf(whole === undefined ? [] : [whole]);
  const documents = output.trimEnd().split('\n').map(parsed);
  const shape = shapeOf(documents.filter((document) => document !== undefined));
  return documents.includes(undefined) ? [...shape, 'text'] : shape;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A study without tables, in a git repository of its own: its commit is known. */
const studyOf = (database: object): StudyFolder => {
  const study = studyFolder(configuration(database));
  copyFileSync(fixture('cli/shapes.mjs'), join(study.path, 'shapes.mjs'));
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
      cwd: study.path,
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return study;
};

/** Every call that prints JSON, in the order in which a study meets them. */
const story = async (database: object): Promise<readonly Step[]> => {
  const study = studyOf(database);
  const steps: Step[] = [];
  const call = async (stage: string, line: string): Promise<Step> =>
    stepOf(`${stage}: ${line} --json`, await study.call(...words(line), '--json'));
  const inTurn = async (stage: string, ...lines: readonly string[]): Promise<void> => {
    for (const line of lines) steps.push(await call(stage, line));
  };
  /** For calls that do not change what the others print. */
  const together = async (stage: string, ...lines: readonly string[]): Promise<void> => {
    for (let at = 0; at < lines.length; at += AT_ONCE)
      steps.push(...(await Promise.all(lines.slice(at, at + AT_ONCE).map((line) => call(stage, line)))));
  };

  await together(
    'no tables',
    ...['check', 'plan', 'status', 'errors', 'list', 'export', `show ${id.done}`, 'table', 'plot box'],
    ...['reset --all', 'retry', `delete --id ${id.done}`, 'delete'],
  );
  await inTurn('filled', 'fill --create-only', 'fill', 'fill');
  await together('filled', 'status', 'table', 'list --limit 1', 'check --experiment ./missing.mjs');
  await inTurn(
    'run',
    ...['run --id 1-12', 'run --max-experiments 0', `one ${id.waiting} --timeout 1`, 'run', 'run --quiet'],
    `run --id ${id.done}`,
  );
  await together(
    'executed',
    ...['status', 'errors', 'errors --where "seed = 1"', 'plan --explain', 'check', 'list', 'list --status paused'],
    ...[`show ${id.done}`, `show ${id.failed}`, `show ${id.waiting}`, 'show 999'],
    ...['export', 'export --what attempts', 'export --what emissions', 'export --logtable steps'],
    ...['export --columns ID,status --order-by accuracy:desc --limit 2', 'export --output rows.jsonl'],
  );
  await together(
    'tables',
    ...['table', 'table --rows dataset --columns method --value accuracy --best max', 'table --save table.json'],
    'table --rows method --value accuracy,big --over seed,dataset --statistic mean,ci,bootstrap,q0.25,count',
    ...['table --rows method --value accuracy --require-complete', 'table --value nope'],
  );
  await together(
    'plots',
    ...['plot curve', 'plot curve --logtable steps --x step --y loss --by method --band ci', 'plot box'],
    ...['plot violin --value accuracy --by method', 'plot heatmap --rows method --columns dataset --value accuracy'],
    ...['plot parallel --axes method,dataset --value accuracy', 'plot ranks --rows seed --columns method'],
    'plot box --value accuracy --output box.svg',
  );
  await inTurn(
    'changed',
    ...['export --output rows.jsonl', 'plot box --output box.svg', `one ${id.done}`, `one ${id.done} --again`],
    ...[`one ${id.done} --again --yes`, `one ${id.failed} --again`, `one ${id.nothing} --again --yes --strict`],
    ...[`resume ${id.paused}`, `resume ${id.paused}`, 'resume --all'],
    ...[`reset --id ${id.done}`, `reset --id ${id.done} --yes`, 'retry'],
  );

  rmSync(join(study.path, 'started'), { force: true });
  const running = study.start('run', '--id', id.waiting, '--json');
  await fileExists(join(study.path, 'started'));
  await expect.poll(async () => (await study.call('show', id.waiting, '--json')).stdout).toContain('"progress":"');
  await together(
    'while one runs',
    ...['status', 'list --status running', `show ${id.waiting}`, 'plan', `one ${id.waiting}`],
    ...[`reset --id ${id.waiting}`, `delete --id ${id.waiting} --yes`, 'delete --yes'],
  );
  const watching = study.start('status', '--watch', '1', '--json');
  await until('two lines of status --watch', () => watching.stdout().split('\n').length > 2);
  watching.kill('SIGINT');
  steps.push(stepOf('while one runs: status --watch 1 --json, ended by SIGINT', await watching.ended));
  running.kill('SIGINT');
  await until('the run hears SIGINT', () => running.stderr().includes('SIGINT'));
  study.write('release', '');
  steps.push(stepOf(`run --id ${id.waiting} --json, ended by SIGINT`, await running.ended));

  study.write('study.json', altered(configuration(database)));
  await together('other columns', 'check', 'run', 'status', 'fill --rename a=b');
  const wishes = '--rename accuracy=precision --drop day';
  await inTurn('other columns', `fill --alter ${wishes}`, `fill --alter ${wishes} --yes`, 'fill --alter --yes');
  await inTurn(
    'deleted',
    ...[`delete --id ${id.done}`, `delete --id ${id.done} --yes`, 'delete', 'delete --recreate --yes'],
    ...['run --max-experiments 1', 'delete --yes', 'delete --yes'],
  );
  return steps;
};

/** One resultfield has another name, one is gone, two have other types. */
const altered = ({ table, ...rest }: Record<string, unknown>): object => {
  const { resultfields, ...others } = table as { readonly resultfields: Record<string, string> };
  const { accuracy: _, day: __, ...kept } = resultfields;
  const fields = { ...kept, precision: 'DOUBLE', text: 'DOUBLE', big: 'VARCHAR(40)' };
  return { ...rest, table: { ...others, resultfields: fields } };
};

/** The words of a command line; quotation marks keep a word together. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);

/** The number of calls that run at the same time. */
const AT_ONCE = 4;

const textOf = (steps: readonly Step[]): string =>
  steps.map(({ title, lines }) => [`$ ${title}`, ...lines.map((line) => `  ${line}`), ''].join('\n')).join('\n');

/** The lines in which the second differs from the first. Findings about a server depend on its settings. */
const differences = (ours: readonly Step[], theirs: readonly Step[]): string => {
  const changed = theirs.map(({ title, lines }, at) => {
    const expected = ours[at]?.lines ?? [];
    const lost = expected.filter((line) => !lines.includes(line)).map((line) => `- ${line}`);
    const added = lines.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`);
    return { title, lines: [...lost, ...added].filter((line) => !line.slice(2).startsWith('findings')) };
  });
  return textOf(changed.filter(({ lines }) => lines.length > 0));
};

const sqlite = { provider: 'sqlite', file: './study.sqlite' };
let told: Promise<readonly Step[]> | undefined;
const onSqlite = (): Promise<readonly Step[]> => (told ??= story(sqlite));

it('--json has the shapes of the snapshot', async () => {
  await expect(textOf(await onSqlite())).toMatchFileSnapshot('./__snapshots__/json-shapes.txt');
});

it('--json has the shapes of the snapshot where there is no study, and for refusals', async () => {
  const folder = temporaryDirectory();
  const steps: Step[] = [];
  const lines = [
    ...['status', 'check --config missing.json', 'init one', 'init one', 'init two --language javascript --name two'],
    ...['init three --language c', 'status --nonsense', 'nonsense', 'list --status nope', 'list --where "nope = 1"'],
    ...['status --set runner.worker=1', 'status --set database.file=./missing/study.sqlite', 'table --best seed=1'],
    ...['plot nope', 'export --what nope', 'export --logtable nope', 'export --format sqlite', 'reset', 'resume'],
    ...['resume --all', 'fill --drop loss'],
  ];
  for (const [at, line] of lines.entries()) {
    const config = at < 6 ? [] : ['--config', 'one/study.json'];
    const { ended } = startMain([...words(line), ...config, '--json'], folder);
    steps.push(stepOf(`${line} --json`, await ended));
  }
  const command = studyFolder({
    ...configuration({ ...sqlite, synchronous: 'normal' }),
    experiment: { command: ['node', '--version'] },
  });
  steps.push(stepOf('a command: check --json', await command.call('check', '--json')));
  await expect(textOf(steps)).toMatchFileSnapshot('./__snapshots__/json-shapes-refusals.txt');
});

it('schema prints the schema of the package', async () => {
  const { code, stdout, stderr } = await startMain(['schema', '--json'], temporaryDirectory()).ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(readFileSync(new URL('../../schema/config.schema.json', import.meta.url), 'utf8'));
});

describeOnMysql('--json has the shapes of SQLite', (server) => {
  it('but for the description of the database', async () => {
    const { host, port, user, password, database } = await createDatabase(server);
    const steps = await story({ provider: 'mysql', host, port, name: database, user, password });
    await expect(differences(await onSqlite(), steps)).toMatchFileSnapshot('./__snapshots__/json-shapes-mysql.txt');
  });
});
