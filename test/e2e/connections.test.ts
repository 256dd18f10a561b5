import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { Authority, type Certificate } from '../support/certificates.ts';
import { jsonLines, studyFolder, type StudyFolder } from '../support/command-line.ts';
import { describeOnPrivateServer, privateServer, uniqueName } from '../support/databases.ts';
import type { PrivateServer } from '../support/private-server.ts';

/* A database that takes encrypted connections only, with an authority of its own; and one behind a Unix socket. */

describeOnPrivateServer('a connection', () => {
  let authority: Authority;
  let server: PrivateServer;
  let database: Record<string, unknown>;
  let client: Certificate;

  beforeAll(async () => {
    authority = new Authority();
    const { cert, key } = authority.sign('db', 'IP:127.0.0.1');
    client = authority.sign('client');
    server = await privateServer(`--ssl-ca=${authority.ca}`, `--ssl-cert=${cert}`, `--ssl-key=${key}`);
    await server.sql(
      "SET GLOBAL require_secure_transport = ON; CREATE USER 'certified'@'%' IDENTIFIED BY 'secret' REQUIRE X509; GRANT ALL ON lab.* TO 'certified'@'%';",
    );
    const { hostname: host, port, username: user, password } = new URL(server.url);
    database = {
      provider: 'mysql',
      host,
      port: Number(port),
      name: 'lab',
      user,
      password: decodeURIComponent(password),
    };
  });

  const folderOf = (more: object): StudyFolder =>
    studyFolder({
      experiment: { module: fileURLToPath(new URL('../fixtures/cli/squares.mjs', import.meta.url)) },
      database: { ...database, ...more },
      table: {
        name: uniqueName(),
        keyfields: { seed: { type: 'INT', values: [1, 2, 3] } },
        resultfields: { square: 'BIGINT' },
        logtables: { notes: { text: 'TEXT' } },
      },
      runner: { workers: 2 },
    });

  const works = async (more: object): Promise<void> => {
    const folder = folderOf(more);
    const check = await folder.call('check', '--json');
    expect([check.code, check.stderr]).toEqual([0, '']);
    const run = await folder.call('run', '--json');
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({ event: 'finished', done: 3 });
  };

  const refused = async (more: object, exitCode: number, ...words: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await folderOf(more).call('status');
    for (const word of words) expect(stderr).toContain(word);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([exitCode, '', 1]);
  };

  it('is encrypted, to a server whose authority is named', async () => {
    await works({ ssl: { ca: authority.ca } });
    expect(await server.sql("SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'")).not.toMatch(/\b0$/m);
  });

  it('that is not encrypted is refused, with what to do', async () => {
    await refused({ ssl: null }, 5, 'set database.ssl if the server takes encrypted connections only');
  });

  it('to a server of another authority, or of none that the system knows, is refused, with what to do', async () => {
    const advice = ['of no authority that is trusted here', 'name the PEM file of its authority in database.ssl.ca'];
    await refused({ ssl: { ca: new Authority('other').ca } }, 5, ...advice);
    await refused({ ssl: true }, 5, ...advice);
  });

  it('to a server that is not the named one is refused, unless nobody else has certificates of its authority', async () => {
    const ssl = { ca: authority.ca };
    await refused({ host: 'localhost', ssl }, 5, "another host's", 'localhost', 'database.ssl.verifyIdentity');
    await works({ host: 'localhost', ssl: { ...ssl, verifyIdentity: false } });
  });

  it('that needs a client certificate works with it, and tells what is missing without', async () => {
    const user = { user: 'certified', password: 'secret' };
    await works({ ...user, ssl: { ca: authority.ca, ...client } });
    await refused({ ...user, ssl: { ca: authority.ca } }, 5, "refused user 'certified'", 'database.ssl.cert and key');
    const foreign = new Authority('other').sign('client');
    await refused({ ...user, ssl: { ca: authority.ca, ...foreign } }, 5, 'the server refused the client certificate');
  });

  it('with files that are none, or do not belong together, is refused before anything is sent', async () => {
    await refused({ ssl: { ca: client.key } }, 2, 'database.ssl.ca: ', 'holds no certificate in PEM form');
    const mixed = { cert: client.cert, key: authority.sign('else').key };
    await refused({ ssl: { ca: authority.ca, ...mixed } }, 2, 'database.ssl: ', 'must belong together');
  });

  it('by a Unix socket works, and says which', async () => {
    const { socketPath } = server;
    await works({ socketPath, host: 'nowhere.invalid' });
    const folder = folderOf({ socketPath });
    await folder.call('fill');
    expect((await folder.call('status')).stdout).toContain(`of lab on ${socketPath}`);
    await refused({ socketPath: `${socketPath}.gone` }, 5, `${socketPath}.gone cannot be reached`, 'ENOENT');
  });
});
