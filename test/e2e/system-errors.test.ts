import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsStudy, mainCommand, studyFolder, type StudyFolder } from '../support/command-line.ts';

/* What a user can do to make the operating system, or a driver, refuse: each has words, a code and a remedy. */

const LONG = 'a'.repeat(300);
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const [node = '', main = ''] = mainCommand;
/** The command line, for a shell. */
const TOOL = `${quoted(node)} ${quoted(main)}`;

interface Slip {
  readonly what: string;
  /** Shell commands in the study's folder; `T` is the command line. */
  readonly shell: string;
  readonly code: number;
  readonly error: string;
  readonly says: RegExp;
}

const given = '--config study.json';
const elsewhere = (key: string, value: string): string => `${given} --set ${key}=${value}`;

const slips: readonly Slip[] = [
  [
    'a removed working directory',
    'mkdir g; cd g; rmdir ../g; T status',
    2,
    'USAGE',
    /working directory was removed .*change to a directory/,
  ],
  ['init in a removed directory', 'mkdir g; cd g; rmdir ../g; T init x', 2, 'USAGE', /working directory was removed/],
  [
    'a directory as configuration',
    'T status --config folder.json',
    2,
    'CONFIG_INVALID',
    /folder\.json: found a directory/,
  ],
  ['a configuration below a file', 'T status --config study.json/x.json', 2, 'CONFIG_INVALID', /found no file/],
  [
    'too long a name of a configuration',
    `T status --config ${LONG}.json`,
    2,
    'CONFIG_INVALID',
    /cannot be read \(ENAMETOOLONG\)/,
  ],
  [
    'a configuration that links to itself',
    'T status --config loop.json',
    2,
    'CONFIG_INVALID',
    /cannot be read \(ELOOP\)/,
  ],
  [
    'a directory as output',
    `T export ${given} --output folder --format csv`,
    2,
    'USAGE',
    /folder is a directory; name a file in it/,
  ],
  ['a directory as plot', `T plot box ${given} --output folder --format svg --force`, 2, 'USAGE', /is a directory/],
  [
    'a table below a file',
    `T table ${given} --save study.json/x.csv`,
    2,
    'USAGE',
    /a part of the path is a file.*name another path/,
  ],
  [
    'too long a name of an output',
    `T export ${given} --output ${LONG}.csv`,
    2,
    'USAGE',
    /name is too long .*name a shorter one/,
  ],
  ['too long a name of an SQLite output', `T export ${given} --output ${LONG}.sqlite`, 2, 'USAGE', /name is too long/],
  ['no directory for an output', `T export ${given} --output gone/x.csv`, 2, 'USAGE', /cannot be written: ENOENT/],
  [
    'a full disk under standard output',
    `T export ${given} > /dev/full`,
    1,
    'LIMIT_REACHED',
    /no space is left .*free some space/,
  ],
  ['a full disk under a list', `T list ${given} > /dev/full`, 1, 'LIMIT_REACHED', /no space is left/],
  [
    'a directory as database',
    `T run ${elsewhere('database.file', './folder')}`,
    5,
    'DATABASE_UNREACHABLE',
    /folder cannot be read or written/,
  ],
  [
    'too long a name of a database',
    `T fill ${elsewhere('database.file', `./${LONG}`)}`,
    5,
    'DATABASE_UNREACHABLE',
    /cannot be read or written/,
  ],
  [
    'a database that is none',
    `T list ${elsewhere('database.file', './study.json')}`,
    5,
    'DATABASE_UNSUPPORTED',
    /file is not a database; restore it, or name another/,
  ],
  ['a directory as log', `T run ${elsewhere('log.file', './folder')}`, 2, 'CONFIG_INVALID', /log\.file/],
  ['too long a name of a log', `T run ${elsewhere('log.file', `./${LONG}`)}`, 2, 'USAGE', /name is too long/],
  ['a module with too long a name', `T run ${given} --experiment ${LONG}.mjs`, 2, 'USAGE', /name is too long/],
  [
    'a directory as credentials',
    `T run ${elsewhere('database.provider', 'mysql')} --set database.name=x --credentials folder.json`,
    2,
    'CONFIG_INVALID',
    /folder\.json/,
  ],
  ['init in a file', 'T init study.json', 2, 'USAGE', /a part of the path is a file/],
  ['init with too long a name', `T init ${LONG}`, 2, 'USAGE', /name is too long/],
  [
    'more ranges of ids than a statement takes',
    `T list ${given} --id "$(yes 1-2 | head -15001 | paste -sd,)"`,
    2,
    'USAGE',
    /found 0 ids and 15001 ranges of ids; allowed at most 30000 and 15000: select them in several calls/,
  ],
].map(([what, shell, code, error, says]) => ({ what, shell, code, error, says }) as Slip);

describe('what the operating system refuses', () => {
  let study: StudyFolder;
  beforeAll(async () => {
    study = studyFolder(kindsStudy(['quick'], [1, 2]));
    mkdirSync(join(study.path, 'folder'));
    mkdirSync(join(study.path, 'folder.json'), { mode: 0o700 });
    symlinkSync('loop.json', join(study.path, 'loop.json'));
    await study.call('run', '--quiet');
  });

  const inShell = (shell: string): { readonly status: number; readonly stderr: string } => {
    try {
      execFileSync('bash', ['-c', `T() { ${TOOL} "$@"; }\n${shell}`], {
        cwd: study.path,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { status: 0, stderr: '' };
    } catch (error) {
      const { status, stderr } = error as { readonly status: number; readonly stderr: Buffer };
      return { status, stderr: stderr.toString() };
    }
  };

  it.each(slips)('$what: $error', ({ shell, code, error, says }) => {
    const people = inShell(shell);
    expect(people).toEqual({ status: code, stderr: expect.stringMatching(says) });
    expect(people.stderr).not.toMatch(/defect of ts-experimenter|unexpected:|^ +at /m);
    const programs = inShell(shell.replace(/\bT (\w+)/, 'T $1 --json'));
    expect(programs.status).toBe(code);
    expect(JSON.parse(programs.stderr.slice(programs.stderr.indexOf('{"v":1,"error"')))).toMatchObject({
      error: { code: error },
    });
  });
});

describe('a port that is no MySQL', () => {
  const greetings = {
    'a web server': 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
    'an SSH server': 'SSH-2.0-OpenSSH_9.2\r\n',
    'one that says nothing and goes': '',
    'one of NULs': '\0'.repeat(300),
  };
  const servers: Server[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  it.each(Object.entries(greetings))('is told: %s', async (_what, greeting) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(greeting));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    const database = { provider: 'mysql', host: '127.0.0.1', port, name: 'x', user: 'u', password: 'p' };
    const { code, stderr } = await studyFolder(kindsStudy(['quick'], [1], { database })).call('status');
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(
        /u@127\.0\.0\.1:\d+ cannot be reached: .*check that database\.port is that of a MySQL/,
      ),
    });
  });

  it('is told where nothing listens', async () => {
    const database = { provider: 'mysql', host: '127.0.0.1', port: 1, name: 'x', user: 'u', password: 'p' };
    const { code, stderr } = await studyFolder(kindsStudy(['quick'], [1], { database })).call('status');
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(/nothing listens there: start the server, or check database\.host, port/),
    });
  });
});
