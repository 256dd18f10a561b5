import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Ended, kindsStudy, studyFolder } from '../support/command-line.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As another user where the tests are root's, whom no mode of a file stops. */
const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const call = (directory: string, ...args: readonly string[]): Ended => {
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/node'),
    [
      process.env['TS_EXPERIMENTER_TEST_MAIN'] ?? join(root, 'dist/main.js'),
      ...args,
      '--config',
      join(directory, 'study.json'),
    ],
    { cwd: '/', encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: '' }, ...asNobody },
  );
  return { code: status, stdout, stderr };
};

/** Everything about a directory that looking must not change. */
const traces = (directory: string): unknown => {
  const of = (path: string) => {
    const { mode, mtimeNs, size } = statSync(path, { bigint: true });
    return `${mode} ${mtimeNs} ${size}`;
  };
  const files = readdirSync(directory).map((name) => {
    const path = join(directory, name);
    return [name, of(path), createHash('sha256').update(readFileSync(path)).digest('hex')];
  });
  return { directory: of(directory), files };
};

const study = studyFolder(kindsStudy(['quick', 'throws'], [1, 2]));
const file = join(study.path, 'study.sqlite');

const verbs: readonly (readonly [verb: string, shows: string, ...args: readonly string[]])[] = [
  ['status', '"done":2', '--json'],
  ['list', 'quick'],
  ['show', 'Attempts:', '1'],
  ['errors', 'singular matrix'],
  ['export', 'quick'],
  ['table', 'accuracy', '--rows', 'kind'],
  ['plot', 'accuracy', 'box', '--value', 'accuracy'],
  ['plan', 'keep 4'],
  ['check', 'is valid'],
];

/** A directory with the study, its file put there by `make`. */
const place = (name: string, make: (target: string) => void): string => {
  const directory = join(study.path, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'study.json'), readFileSync(join(study.path, 'study.json')));
  make(join(directory, 'study.sqlite'));
  return directory;
};

const sealed: string[] = [];
afterAll(() => sealed.forEach((directory) => chmodSync(directory, 0o755)));

const seal = (directory: string): void => {
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444);
  chmodSync(directory, 0o555);
  sealed.push(directory);
};

/** Everybody may write here. */
const open = (directory: string): void => {
  chmodSync(directory, 0o777);
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o666);
};

let told = 0;

/** The file and its log, as they are while a process has it open or has been killed. */
const copyInUse = (target: string, parts: readonly string[]): void => {
  const native = openNativeSqlite(file);
  told += 1;
  native.exec(`UPDATE study SET name = 'told by log ${told}'`); // and by nothing else yet
  for (const part of ['', ...parts]) copyFileSync(file + part, target + part);
  native.close();
};

/** Its log lies beside the file, not beside the link. */
const linked = (target: string): void => {
  const elsewhere = mkdtempSync(join(study.path, 'elsewhere-'));
  chmodSync(elsewhere, 0o755);
  copyInUse(join(elsewhere, 'real.sqlite'), ['-wal', '-shm']);
  symlinkSync(join(elsewhere, 'real.sqlite'), target);
};

const rollback = (target: string): void => {
  copyFileSync(file, target);
  const native = openNativeSqlite(target);
  native.pragma('journal_mode = DELETE');
  native.close();
};

/** A transaction that was killed half-way: pages of it in the file, and a journal that takes them back. */
const halfWay = (target: string): void => {
  rollback(target);
  const native = openNativeSqlite(target);
  native.pragma('cache_size = 1');
  native.exec('BEGIN');
  native.exec("UPDATE study SET status = 'created', text = hex(zeroblob(20000))");
  for (const part of ['', '-journal']) copyFileSync(target + part, `${target}.half${part}`);
  native.exec('ROLLBACK');
  native.close();
  for (const part of ['', '-journal']) {
    copyFileSync(`${target}.half${part}`, target + part);
  }
};

const places: readonly (readonly [name: string, make: (target: string) => void])[] = [
  ['a file in WAL mode that nobody uses', (target) => copyFileSync(file, target)],
  ['a file in WAL mode with a log and its index', (target) => copyInUse(target, ['-wal', '-shm'])],
  ['a file in WAL mode with a log alone', (target) => copyInUse(target, ['-wal'])],
  ['a link to a file in WAL mode with a log and its index', linked],
  ['a file in rollback mode', rollback],
  ['a file in rollback mode with a journal to roll back', halfWay],
];

it('reads wherever the file lies, whatever its state, and changes nothing', async () => {
  expect((await study.call('run', '--quiet')).code).toBe(3);
  chmodSync(study.path, 0o755);
  for (const [name, make] of places) {
    const directory = place(name, make);
    open(directory);
    const before = traces(directory);
    for (const [verb, shows, ...args] of verbs) {
      const ended = call(directory, verb, ...args);
      expect({ name, verb, ended }).toMatchObject({ ended: { code: 0, stdout: expect.stringContaining(shows) } });
    }
    if (name.includes('with a log')) expect(call(directory, 'list', '--json').stdout).toContain(`told by log ${told}`);
    // The index beside a log is the readers', too: they say there what they read.
    const known = (of: unknown) => JSON.stringify(of).replace(/\["study\.sqlite-shm"[^\]]*\]/, '');
    expect(known(traces(directory)), name).toBe(known(before));
  }
});

describe('in a read-only directory', () => {
  it.each(places)(
    'reads %s',
    async (name, make) => {
      const directory = place(`read-only ${name}`, make);
      seal(directory);
      const before = traces(directory);
      for (const [verb, shows, ...args] of verbs.filter(([each]) =>
        ['status', 'list', 'export', 'plot'].includes(each),
      )) {
        const ended = call(directory, verb, ...args);
        expect({ verb, ended }).toMatchObject({ ended: { code: 0, stdout: expect.stringContaining(shows) } });
      }
      if (name.includes('with a log'))
        expect(call(directory, 'list', '--json').stdout).toContain(`told by log ${told}`);
      const checked = call(directory, 'check');
      expect(checked).toMatchObject({ code: 5, stdout: expect.stringContaining('can be read, but not written') });
      for (const args of [['fill'], ['reset', '--all', '--yes'], ['delete', '--yes']]) {
        expect({ args, ...call(directory, ...args) }).toMatchObject({
          code: 5,
          stderr: expect.stringMatching(/study\.sqlite cannot be (read or )?written/),
        });
      }
      expect(traces(directory)).toEqual(before);
    },
    120_000,
  );
});

it('says what is not there, and makes nothing of it', async () => {
  const empty = place('empty', (target) => writeFileSync(target, ''));
  const missing = place('missing', () => {});
  for (const directory of [empty, missing]) {
    open(directory);
    const before = traces(directory);
    for (const [verb, , ...args] of verbs) {
      const { code, stdout, stderr } = call(directory, verb, ...args);
      expect({ verb, code }).toEqual({ verb, code: ['show', 'plot'].includes(verb) ? 2 : 0 });
      if (!['export', 'status', 'plan', 'check'].includes(verb)) expect(stdout + stderr).toContain('is no table study');
    }
    expect(traces(directory)).toEqual(before);
  }
});
