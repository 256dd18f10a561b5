import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanup.ts';
import { Authority } from '../support/certificates.ts';
import { jsonLines, studyFolder, type StudyFolder, until } from '../support/command-line.ts';
import { describeOnPrivateServer, temporaryDirectory, uniqueName } from '../support/databases.ts';
import { hiddenNetwork, type HiddenNetwork } from '../support/hidden-network.ts';
import { PrivateServer } from '../support/private-server.ts';
import { describeOnSsh, SshServer } from '../support/ssh-server.ts';

/* A database that is reached through an SSH host alone. */

const SEEDS = 60;

/** The processes that this one has started, zombies left out. */
const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      const [, state, parent] = /\) (\S) (\d+)/.exec(fileOf(each, 'stat')) ?? [];
      return Number(parent) === pid && state !== 'Z';
    });

const fileOf = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it has gone
  }
};

const sshOf = (pid: number): readonly number[] =>
  childrenOf(pid).filter((child) => fileOf(child, 'comm').trim() === 'ssh');

const lives = (pid: number): boolean => !['', 'Z'].includes(/\) (\S)/.exec(fileOf(pid, 'stat'))?.[1] ?? '');

describeOnSsh('a tunnel', () => {
  describeOnPrivateServer('to a database', () => {
    let network: HiddenNetwork | undefined;
    let ssh: SshServer;
    let server: PrivateServer;
    let authority: Authority;
    let database: Record<string, unknown>;

    beforeAll(async () => {
      try {
        network = await hiddenNetwork();
      } catch (error) {
        process.stderr.write(
          `\n!! no network namespace here, the database is only not told to anybody: ${String(error)}\n`,
        );
      }
      authority = new Authority();
      const { cert, key } = authority.sign('db', 'IP:127.0.0.1');
      const encryption = [`--ssl-ca=${authority.ca}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`];
      server = await PrivateServer.start('mariadb', encryption, { ...(network && { inside: network.inside }) });
      atEndOfFile(() => server.destroy());
      ssh = await SshServer.start(network?.host, network?.inside);
      const { port, username: user, password } = new URL(server.url);
      database = { provider: 'mysql', port: Number(port), name: 'lab', user, password: decodeURIComponent(password) };
    });

    const folderOf = (more: object = {}, tunnel: object = {}): StudyFolder =>
      studyFolder({
        experiment: { module: fileURLToPath(new URL('../fixtures/cli/squares.mjs', import.meta.url)) },
        database: { ...database, sshTunnel: { ...ssh.tunnel, ...tunnel }, ...more },
        table: {
          name: uniqueName(),
          keyfields: { seed: { type: 'INT', values: { start: 1, stop: SEEDS + 1 } } },
          resultfields: { square: 'BIGINT' },
          logtables: { notes: { text: 'TEXT' } },
        },
        runner: { workers: 2, heartbeatSeconds: 0.3, leaseSeconds: 5 },
      });

    const everyOneOnce = async (folder: StudyFolder): Promise<void> => {
      const rows = jsonLines((await folder.call('list', '--json')).stdout);
      expect(rows.map(({ seed, status, square }) => [seed, status, square])).toEqual(
        Array.from({ length: SEEDS }, (_, index) => [index + 1, 'done', (index + 1) ** 2]),
      );
      const notes = jsonLines((await folder.call('export', '--logtable', 'notes', '--format', 'jsonl')).stdout);
      expect(notes.map(({ experiment_id: id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
        rows.map(({ ID }) => ID),
      );
    };

    const refusedWith = async (folder: StudyFolder, ...words: readonly (string | RegExp)[]): Promise<string> => {
      const { code, stderr, stdout } = await folder.call('status');
      expect([code, stdout]).toEqual([5, '']);
      for (const word of words) expect(stderr).toMatch(word);
      return stderr;
    };

    it('is the only way, and every verb goes it', async () => {
      if (network) {
        const socket = connect({ host: '127.0.0.1', port: Number(database['port']) });
        const answer = await new Promise((resolve) => {
          socket.on('connect', () => resolve('connected')).on('error', (error) => resolve(error.message));
        });
        expect(answer).toContain('ECONNREFUSED');
      }
      const folder = folderOf();
      const check = await folder.call('check');
      expect([check.code, check.stderr]).toEqual([0, '']);
      expect(check.stdout).toContain(`through SSH host ${ssh.host}`);
      const run = await folder.call('run', '--json');
      expect(jsonLines(run.stdout).at(-1)).toMatchObject({ event: 'finished', added: SEEDS, done: SEEDS });
      await everyOneOnce(folder);
      expect((await folder.call('delete', '--yes')).code).toBe(0);
    });

    it('breaks and comes back in mid-run: the run goes on, and nothing is lost or done twice', async () => {
      const folder = folderOf();
      const run = folder.start('run', '--json');
      const away = () => run.stderr().split('the database is away').length - 1;
      const back = () => run.stderr().split('the database is back').length - 1;
      const done = () => run.stdout().split('"event":"done"').length - 1;
      await until('it works', () => done() > 4);
      for (const breakIt of [async () => server.dropConnections(), async () => ssh.drop()]) {
        await breakIt(); // unnoticed, if nothing is said just then
        const before = done();
        await until('it works again', () => done() > before + 4);
      }
      await ssh.kill();
      await until('it says so', () => away() > 0);
      await ssh.restart();
      await until('it is back', () => back() > 0);
      const { code } = await run.ended;
      expect(code).toBe(0);
      await everyOneOnce(folder);
    });

    it('leaves no ssh behind when the runner is killed', async () => {
      const folder = folderOf();
      const run = folder.start('run', '--json');
      await until('it works', () => run.stdout().includes('"event":"done"'));
      const left = sshOf(run.pid);
      expect(left.length).toBeGreaterThan(0);
      run.kill('SIGKILL');
      await run.ended;
      await until('every ssh has gone', () => !left.some(lives));
      // Nobody has to clean up after it.
      expect((await folder.call('run')).code).toBe(0);
      await everyOneOnce(folder);
    });

    it('ends with its runner, one ssh for each connection, in no group of the terminal', async () => {
      const folder = folderOf();
      const run = folder.start('run', '--json');
      await until('it works', () => run.stdout().includes('"event":"done"'));
      const used = sshOf(run.pid);
      for (const pid of used) expect(Number(/\) \S \d+ (\d+)/.exec(fileOf(pid, 'stat'))?.[1] ?? pid)).toBe(pid);
      run.kill('SIGINT');
      expect((await run.ended).code).toBe(130);
      expect(used.filter(lives)).toEqual([]);
    });

    it('is refused to a host that is not known', async () => {
      const empty = join(temporaryDirectory(), 'known');
      writeFileSync(empty, '');
      const said = await refusedWith(
        folderOf({}, { knownHostsFile: empty }),
        /No \S+ host key is known for/,
        'none is taken on trust',
        `ssh -o 'UserKnownHostsFile="${empty}"' -p ${ssh.port} ${ssh.user}@${ssh.host}`,
      );
      expect(said.trim().split('\n')).toHaveLength(1);
      expect(readFileSync(empty, 'utf8')).toBe('');
    });

    it('is refused without a key that is let in, and tells so', async () => {
      const other = join(temporaryDirectory(), 'key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
      await refusedWith(folderOf({}, { keyFile: other }), 'let nobody in', 'Permission denied', 'ssh-add');
    });

    it('tells which step of the way fails', async () => {
      await refusedWith(
        folderOf({}, { remotePort: 1 }),
        `${ssh.host} cannot reach the database server 127.0.0.1:1`,
        'refused',
      );
      await refusedWith(folderOf({}, { port: 1 }), `SSH host ${ssh.host} cannot be reached`, 'refused');
      await refusedWith(folderOf({}, { host: 'nowhere.invalid' }), 'SSH host nowhere.invalid cannot be reached');
      const { code, stderr } = await folderOf().call(
        'status',
        '--set',
        'database.sshTunnel.host=-oProxyCommand=touch x',
      );
      expect([code, stderr]).toEqual([2, expect.stringContaining('database.sshTunnel.host: found')]);
      const folder = folderOf();
      const without = await folder.callWith({ PATH: '/nonexistent' }, 'status');
      expect([without.code, without.stderr]).toEqual([5, expect.stringContaining("install OpenSSH's client")]);
    });

    it('opens with a key of an agent, or an encrypted one and its passphrase', async () => {
      const directory = temporaryDirectory();
      const socket = join(directory, 'agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      atEndOfFile(() => void agent.kill());
      await until('the agent', () => readdirSync(directory).includes('agent'));
      const environment = { SSH_AUTH_SOCK: socket };
      const folder = folderOf({}, { keyFile: null });
      expect((await folder.callWith(environment, 'fill')).stderr).toContain('let nobody in');
      execFileSync('ssh-add', ['-q', ssh.keyFile], { env: { ...process.env, ...environment } });
      expect(await folder.callWith(environment, 'fill')).toMatchObject({ code: 0, stderr: '' });

      const keyFile = join(directory, 'encrypted');
      copyFileSync(ssh.keyFile, keyFile);
      execFileSync('ssh-keygen', ['-q', '-p', '-N', 'open "sesame" $HOME', '-P', '', '-f', keyFile]);
      const encrypted = folderOf({}, { keyFile });
      await refusedWith(encrypted, 'let nobody in', 'Permission denied');
      const variable = 'TS_EXPERIMENTER_DATABASE_SSH_TUNNEL_PASSPHRASE';
      const wrong = await encrypted.callWith({ [variable]: 'wrong' }, 'fill');
      expect([wrong.code, wrong.stderr]).toEqual([5, expect.stringContaining('let nobody in')]);
      expect(await encrypted.callWith({ [variable]: 'open "sesame" $HOME' }, 'fill')).toMatchObject({
        code: 0,
        stderr: '',
      });
    });

    it('carries an encrypted connection, whose server is the one behind the host', async () => {
      const right = folderOf({ ssl: { ca: authority.ca } });
      expect(await right.call('fill')).toMatchObject({ code: 0, stderr: '' });
      await refusedWith(folderOf({ ssl: { ca: new Authority('other').ca } }), 'of no authority that is trusted here');
      await refusedWith(
        folderOf({ ssl: { ca: authority.ca } }, { remoteHost: 'localhost' }),
        "another host's",
        'localhost',
      );
    });

    it('ends a run for good when the key of the host has changed', async () => {
      const folder = folderOf();
      const run = folder.start('run', '--json');
      await until('it works', () => run.stdout().includes('"event":"done"'));
      await ssh.kill();
      ssh.loseHostKey();
      await ssh.restart();
      const { code, stderr } = await run.ended;
      expect(code).toBe(5);
      for (const word of ['its key is not the known one of', ssh.knownHostsFile, 'SHA256:', 'ssh-keygen -f'])
        expect(stderr).toContain(word);
      await refusedWith(folder, 'its key is not the known one of');
      // Its administrator says that it is right: everything goes on.
      writeFileSync(ssh.knownHostsFile, `[${ssh.host}]:${ssh.port} ${ssh.hostKey}\n`);
      expect((await folder.call('run')).code).toBe(0);
      await everyOneOnce(folder);
    });
  });
});
