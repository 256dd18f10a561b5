import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMain, until } from '../support/command-line.ts';
import { temporaryDirectory } from '../support/databases.ts';
import { readmeBlocks, readmeCommands, readmeStudy } from '../support/readme.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const PROGRAM = 'ts-experimenter';
const root = fileURLToPath(new URL('../..', import.meta.url));
const ours = readmeCommands().filter((line) => line.startsWith(PROGRAM));

describe("README's commands, as they are printed, in the folder of its study", () => {
  const folder = temporaryDirectory();
  const start = (line: string) => startMain(line.split(' ').slice(1), folder);
  beforeAll(() => {
    for (const [name, text] of Object.entries(readmeStudy())) writeFileSync(join(folder, name), text);
  });

  it('are all that this test knows', () => {
    expect(ours.length).toBeGreaterThan(10);
    const others = readmeCommands().filter((line) => !line.startsWith(PROGRAM));
    expect(others).toEqual(['npm ci && npm start', 'npm test', expect.stringMatching(/^node dist\/main\.js table /)]);
  });

  it.each(ours)('%s', async (line) => {
    if (line.includes('--watch')) {
      const watching = start(line);
      await until('the study on the screen', () => watching.stdout().includes('25 experiments'));
      watching.kill('SIGINT');
      expect(await watching.ended).toMatchObject({ code: 0, stderr: '' });
    } else if (line.includes('--inspect-brk')) {
      // a port that is free, and no terminal to ask on
      const debugged = start(`${line.replace('--inspect-brk', `--inspect-brk ${await freePort()}`)} --yes`);
      await until('a debugger that is waited for', () => debugged.stderr().includes('Debugger listening'));
      debugged.kill('SIGKILL');
      await debugged.ended;
    } else {
      const { code, stderr, stdout } = await start(line).ended;
      expect({ code, line, told: stderr + stdout }).toMatchObject({ code: 0 });
    }
  });
});

it("prints a table of the example's configuration, which the command names from this folder", async () => {
  const line = readmeCommands().find((each) => each.startsWith('node dist/main.js')) ?? '';
  const environment = { TS_EXPERIMENTER_DATABASE_FILE: join(temporaryDirectory(), 'svm.sqlite') };
  const call = async (...args: readonly string[]) => startMain(args, root, environment).ended;
  const where = 'dataset = iris and kernel = linear and C = 1 and seed = 0';
  await call('run', '--quiet', '--config', 'config/exp.json', '--where', where);
  const table = await call(...line.split(' ').slice(2));
  expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/^iris +0\.9\d\d/m) });
});

it('is a program that runs, where the package is installed beside it', () => {
  const folder = temporaryDirectory();
  for (const [name, text] of Object.entries(readmeStudy())) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/ts-experimenter'));
  writeFileSync(join(folder, 'main.mjs'), readmeBlocks('ts')[1] ?? '');
  const said = execFileSync(join(root, 'node_modules/.bin/node'), ['main.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(said).toMatch(/\| *linear *\|/);
});
