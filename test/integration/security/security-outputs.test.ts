import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CsvFormat } from '../../../src/infrastructure/text/csv.ts';
import { jsonText } from '../../../src/domain/values/value-text.ts';
import { fillFileWhole, writeFileWhole } from '../../../src/infrastructure/cli/output/output-file.ts';
import { plain, plainLines } from '../../../src/infrastructure/text/terminal-text.ts';
import { lineLog } from '../../../src/infrastructure/system/log.ts';
import { workerEnvironment } from '../../../src/infrastructure/system/child-start.ts';
import { kindsStudy, studyFolder } from '../../support/command-line.ts';
import { temporaryDirectory } from '../../support/databases.ts';

/* What leaves the program: files, tables, lines for terminals, environments of experiments. */

const cells = JSON.parse(
  readFileSync(new URL('../../fixtures/hostile/payloads/cells.json', import.meta.url), 'utf8'),
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

  it('is not driven by errors, keyfields, runners or the configuration, whichever verb shows them', async () => {
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
  });
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
    for (const line of [csv.header(), csv.row([payload, payload])]) {
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

  it('that is replaced hands on its permissions, and its owner where root replaces it', async () => {
    const file = join(temporaryDirectory(), 'out');
    writeFileSync(file, 'theirs');
    const root = process.getuid?.() === 0;
    if (root) chownSync(file, 4711, 4712);
    for (const mode of [0o600, 0o664, 0o400]) {
      chmodSync(file, mode);
      let meanwhile = 0;
      await writeFileWhole(file, true, async (out) => {
        const [temporary = ''] = readdirSync(dirname(file)).filter((name) => name.endsWith('.tmp'));
        meanwhile = statSync(join(dirname(file), temporary)).mode & 0o777;
        await out.line('ours');
      });
      const { mode: found, uid, gid } = statSync(file);
      expect([found & 0o777, meanwhile, readFileSync(file, 'utf8')]).toEqual([mode, mode, 'ours\n']);
      if (root) expect([uid, gid]).toEqual([4711, 4712]);
    }
  });

  it('that is a directory or a disk is refused, with --force too', async () => {
    const folder = temporaryDirectory();
    for (const force of [false, true])
      await expect(write(folder, force)).rejects.toMatchObject({
        code: 'USAGE',
        message: `--output: ${folder} is a directory; name a file in it`,
      });
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await expect(write(socket, true)).rejects.toThrow('is a device, a pipe or a socket, which cannot hold this');
    expect(statSync(socket).isSocket()).toBe(true);
    server.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([false, true])('that is a pipe is written to and stays one (--force: %s)', async (force) => {
    const pipe = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const read = readFile(pipe, 'utf8');
    await write(pipe, force);
    expect(await read).toBe('ours\n');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    const log = lineLog({ level: 'info', file: pipe }, () => {});
    log.info('lost'); // no reader: does not wait
    await expect(
      fillFileWhole(pipe, true, async () => {
        throw new Error('not reached');
      }),
    ).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.skipIf(process.getuid?.() !== 0)('that is a device is written to and stays one', async () => {
    const [nothing, full] = [join(temporaryDirectory(), 'null'), join(temporaryDirectory(), 'full')];
    execFileSync('mknod', [nothing, 'c', '1', '3']);
    execFileSync('mknod', [full, 'c', '1', '7']);
    await write(nothing, true);
    expect(lstatSync(nothing).isCharacterDevice()).toBe(true);
    await expect(write(full)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('ENOSPC') as string,
    });
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
