import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CsvFormat } from '../../src/infrastructure/cli/csv.ts';
import { jsonText } from '../../src/infrastructure/cli/json.ts';
import { writeFileWhole } from '../../src/infrastructure/cli/output-file.ts';
import { plain, plainLines } from '../../src/infrastructure/cli/text.ts';
import { lineLog } from '../../src/infrastructure/line-log.ts';
import { workerEnvironment } from '../../src/infrastructure/workers/thread-start.ts';
import { kindsStudy, studyFolder } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';

/* What leaves the program: files, tables, lines for terminals, environments of experiments. */

const cells = JSON.parse(
  readFileSync(new URL('../fixtures/hostile/payloads/cells.json', import.meta.url), 'utf8'),
) as Record<'formulas' | 'terminal', readonly string[]>;

/** C0 but for the line break, DEL, C1, changes of direction and what cannot be seen. */
const driving =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

describe('a terminal', () => {
  it.each([...cells.terminal])('is not driven by %j', (payload) => {
    const text = `before${payload}after`;
    for (const made of [plain(text), plainLines(text)]) {
      expect(made).not.toMatch(driving);
      expect(made.startsWith('before') && made.endsWith('after')).toBe(true);
    }
    const json = jsonText({ [text]: [text] });
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(JSON.parse(json)).toEqual({ [text]: [text] });
  });

  it(
    'is not driven by errors, keyfields, runners or the configuration, whichever verb shows them',
    { timeout: 60_000 },
    async () => {
      const payload = cells.terminal.filter((text) => !text.includes('\0')).join(' ');
      const folder = studyFolder(kindsStudy([payload], [1], { runner: { workers: 1, name: payload } }));
      const calls = [
        ['run'],
        ['status'],
        ['list'],
        ['show', '1'],
        ['check'],
        ['retry'],
        ['list', '--where', `kind = '${payload}`],
        ['export', '--format', 'x\u001b[2J'],
      ];
      for (const args of calls) {
        const { stdout, stderr } = await folder.call(...args);
        expect(stdout + stderr, args[0]).not.toMatch(driving);
      }
    },
  );
});

describe('a spreadsheet', () => {
  it.each([...cells.formulas])('does not execute %j', (payload) => {
    const csv = new CsvFormat(
      [
        { name: payload, numeric: false },
        { name: 'n', numeric: true },
      ],
      false,
    );
    for (const line of [csv.header(), csv.row({ [payload]: payload, n: payload })]) {
      const unquoted = line.trim().replace(/^"/, '');
      expect(unquoted).not.toMatch(/^[\p{Z}\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u);
    }
  });
});

describe('a file', () => {
  const write = async (file: string, force = false) => writeFileWhole(file, force, async (out) => out.line('ours'));

  it('that exists is not overwritten, and no link is followed, dangling or not', async () => {
    const folder = temporaryDirectory();
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    for (const [name, target] of [
      ['link', victim],
      ['dangling', join(folder, 'not-there')],
    ] as const) {
      const link = join(folder, name);
      symlinkSync(target, link);
      await expect(write(link)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
      await write(link, true);
      expect(readFileSync(link, 'utf8')).toBe('ours\n');
    }
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(join(folder, 'not-there'))).toBe(false);
    await expect(write(victim)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
    await expect(write(join(folder, 'absent', 'x'))).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('that comes while ours is written is not overwritten', async () => {
    const file = join(temporaryDirectory(), 'out');
    const writing = writeFileWhole(file, false, async (out) => {
      writeFileSync(file, 'theirs');
      await out.line('ours');
    });
    await expect(writing).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
    expect(readFileSync(file, 'utf8')).toBe('theirs');
  });

  it('for the log is no link, and takes one line for one message', () => {
    const folder = temporaryDirectory();
    const [victim, link, file] = [join(folder, 'victim'), join(folder, 'link'), join(folder, 'run.log')];
    writeFileSync(victim, 'precious');
    symlinkSync(victim, link);
    expect(() => lineLog({ level: 'info', file: link })).toThrow(/log\.file: .* is a link/);
    expect(() => lineLog({ level: 'info', file: join(folder, 'absent', 'x') })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    const log = lineLog({ level: 'info', file }, () => {});
    log.warn(`a\n2026-01-01T00:00:00.000Z error: forged\r\u001b[2J${cells.terminal.join('')}`);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).not.toMatch(driving);
  });

  it('for the log that fails in mid-run is told once, and ends nothing', () => {
    const told: string[] = [];
    const log = lineLog({ level: 'info', file: '/dev/full' }, (line) => told.push(line));
    log.info('one');
    log.info('two');
    expect(told).toEqual([
      'info: one',
      expect.stringMatching(/^warn: log\.file: \/dev\/full cannot be written: ENOSPC/),
      'info: two',
    ]);
  });
});

describe('an experiment', () => {
  it('gets the environment without our variables and the passwords of database clients', () => {
    const kept = {
      PATH: '/bin',
      HOME: '/root',
      CUDA_VISIBLE_DEVICES: '0',
      SLURM_JOB_ID: '1',
      MYSQL_HOME: '/x',
      OMP_NUM_THREADS: '2',
    };
    const gone = {
      TS_EXPERIMENTER_DATABASE_PASSWORD: 'x',
      TS_EXPERIMENTER_DATABASE_USER: 'x',
      ts_experimenter_database_password: 'x',
      MYSQL_PWD: 'x',
      MYSQL_PASSWORD: 'x',
      MYSQL_ROOT_PASSWORD: 'x',
      MARIADB_PASSWORD: 'x',
      MARIADB_ROOT_PASSWORD: 'x',
      MIKRO_ORM_PASSWORD: 'x',
      MIKRO_ORM_CLIENT_URL: 'x',
    };
    expect(workerEnvironment({ ...kept, ...gone })).toEqual(kept);
  });

  it.each([
    ['https://x/evil.mjs', 2],
    ['data:text/javascript,export default 1', 2],
    ['node:fs', 2],
    ['./study.json', 2],
    ['fs', 2],
  ])('is a file of the configuration, never %s', async (module, code) => {
    const folder = studyFolder(kindsStudy(['quick'], [1], { experiment: { module } }));
    const ended = await folder.call('run');
    expect([ended.code, folder.files()]).toEqual([code, ['study.json']]);
  });
});
