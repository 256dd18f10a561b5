import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { kindsStudy, type StudyFolder, studyFolder } from '../support/command-line.ts';
import { createDatabase, describeOnMysql, type MysqlServer } from '../support/databases.ts';
import { openNativeSqlite } from '../support/native-sqlite.ts';

/** A study whose configuration and tables are changed between its calls. */
interface Changing extends StudyFolder {
  /** The configuration with another section `table`. */
  configure(table: object): void;
  execute(sql: string): Promise<Record<string, unknown>[]>;
}

type Open = () => Promise<Changing>;

const changing = (
  database: object,
  execute: (path: string, sql: string) => ReturnType<Changing['execute']>,
): Changing => {
  const configuration = kindsStudy(['quick', 'throws'], [1, 2], { database });
  const folder = studyFolder(configuration);
  return {
    ...folder,
    configure: (table) => {
      folder.write('study.json', { ...configuration, table: { ...(configuration['table'] as object), ...table } });
    },
    execute: async (sql) => execute(folder.path, sql),
  };
};

const onSqlite: Open = async () =>
  changing({ provider: 'sqlite', file: './study.sqlite' }, async (path, sql) => {
    const native = openNativeSqlite(join(path, 'study.sqlite'));
    try {
      if (sql.startsWith('SELECT')) return native.prepare(sql).all();
      native.exec(sql);
      return [];
    } finally {
      native.close();
    }
  });

const onServer =
  (server: MysqlServer): Open =>
  async () => {
    const place = await createDatabase(server);
    const { host, port, user, password, database: name } = place;
    return changing({ provider: 'mysql', host, port, name, user, password }, async (_path, sql) => {
      const connection = await createConnection({ host, port, user, password, database: name });
      try {
        const [rows] = await connection.query(sql);
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      } finally {
        await connection.end();
      }
    });
  };

const suite = (open: Open): void => {
  it.each([
    ['a resultfield of another type', { resultfields: { accuracy: 'VARCHAR(9)' } }],
    ['a logtable of other columns', { logtables: { steps: { level: 'INT', text: 'JSON' } } }],
    ['a keyfield of another type and another less', { keyfields: { seed: { type: 'DOUBLE', values: [1] } } }],
    ['none of its keyfields', { keyfields: { other: { type: 'INT', values: [1] } } }],
  ])('deletes whatever the configuration says: %s', async (_what, table) => {
    const study = await open();
    expect((await study.call('run', '--quiet')).code).toBe(3);
    study.configure(table);
    const asked = await study.call('delete');
    expect(asked).toMatchObject({ code: 8, stdout: '' });
    expect(asked.stderr).toMatch(
      /table study of .*\(4 experiments\), study__steps \(\d rows\), study_runners, .* would be dropped/,
    );
    const deleted = await study.call('delete', '--yes', '--json');
    expect(deleted).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(deleted.stdout)).toMatchObject({ v: 1, deleted: true });
    expect((await study.call('fill')).code).toBe(0);
  });

  it('deletes no table of somebody else', async () => {
    const study = await open();
    await study.execute('CREATE TABLE study (ID INT, status VARCHAR(255), seed INT)');
    const deleted = await study.call('delete', '--yes');
    expect(deleted).toMatchObject({ code: 6, stdout: '' });
    expect(deleted.stderr).toMatch(/table study of .* is not one of a study: it has no column creation_date, /);
    expect(await study.execute('SELECT * FROM study')).toEqual([]);
  });

  const fields = { accuracy: 'DOUBLE', big: 'BIGINT', text: 'TEXT', extra: 'JSON' };
  const kind = { type: 'VARCHAR(255)', values: ['quick'] };
  const seed = { type: 'INT', values: [1, 2] };
  /** Each makes another message. */
  it.each([
    [
      'a type',
      { resultfields: { ...fields, big: 'VARCHAR(20)' } },
      /column big: expected VARCHAR\(20\), found bigint/i,
    ],
    [
      'a type of a log',
      { logtables: { steps: { step: 'BIGINT', text: 'TEXT' } } },
      /study__steps, column step: expected BIGINT/,
    ],
    [
      'a type of a keyfield',
      { keyfields: { kind, seed: { ...seed, type: 'BIGINT' } } },
      /column seed: expected BIGINT/,
    ],
    [
      'a case',
      { resultfields: { Accuracy: 'DOUBLE', big: 'BIGINT', text: 'TEXT', extra: 'JSON' } },
      /column accuracy: the configuration writes its name Accuracy/,
    ],
    [
      'a case and a type',
      { resultfields: { ...fields, big: undefined, BIG: 'VARCHAR(30)' } },
      /column big: the configuration writes its name BIG/,
    ],
    ['a keyfield less', { keyfields: { seed } }, /column kind: it tells experiments apart/],
    [
      'several at once',
      {
        keyfields: { seed: { ...seed, type: 'BIGINT' } },
        resultfields: { ACCURACY: 'DOUBLE', big: 'VARCHAR(20)', text: 'LONGTEXT', extra: 'JSON' },
      },
      /column kind: it tells[^]*column seed: expected BIGINT[^]*column accuracy: the/,
    ],
    ['a keyfield renamed', { keyfields: { kind, 'its seed': seed } }, /column seed: it tells experiments apart/],
  ])('every command that a refusal names works: %s', async (_what, table, message) => {
    const commands = async (study: Changing): Promise<readonly string[][]> => {
      const refused = await study.call('run', '--quiet');
      expect(refused).toMatchObject({ code: 6, stdout: '' });
      expect(refused.stderr).toMatch(message);
      const named = [...refused.stderr.matchAll(/"ts-experimenter ([^"]+)"/g)].map(([, command = '']) => command);
      expect(named.length).toBeGreaterThan(0);
      return named.map((command) =>
        [...command.matchAll(/'([^']+)'|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word),
      );
    };
    const begun = async (): Promise<Changing> => {
      const study = await open();
      study.configure({ keyfields: { kind, seed } });
      expect((await study.call('run', '--quiet')).code).toBe(0);
      study.configure({ keyfields: { kind, seed }, ...table });
      return study;
    };
    let study = await begun();
    const named = await commands(study);
    for (const [at, command] of named.entries()) {
      if (at > 0) study = await begun();
      const before = await study.execute(
        'SELECT accuracy, CAST(big AS CHAR) AS big, text, extra FROM study ORDER BY ID',
      );
      const asked = await study.call(...command);
      expect(asked, command.join(' ')).toMatchObject({ code: 8, stdout: '' });
      expect(asked.stderr).toContain('Nothing was done; give --yes to do it.');
      expect((await study.call('run', '--quiet')).code).toBe(6);
      const done = await study.call(...command, '--yes', '--json');
      expect(done, command.join(' ')).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(done.stdout)).toMatchObject({ v: 1, added: 0, existing: 2 });
      expect((await study.call('run', '--quiet')).code).toBe(0);
      const after = await study.execute(
        'SELECT accuracy, CAST(big AS CHAR) AS big, text, extra FROM study ORDER BY ID',
      );
      expect(after.map((row) => Object.values(row).map(String))).toEqual(
        before.map((row) => Object.values(row).map(String)),
      );
      expect((await study.call('fill', '--alter')).stdout).toMatch(/^0 columns altered\./);
    }
  });

  it('alters nothing while a runner lives, unless told to, and takes wishes back that cannot be', async () => {
    const study = await open();
    expect((await study.call('fill')).code).toBe(0);
    study.configure({ resultfields: { accuracy: 'VARCHAR(40)', extra: 'JSON', words: 'TEXT' } });
    for (const [args, code, says] of [
      [['fill', '--rename', 'text=words'], 2, /--rename and --drop belong to --alter/],
      [['fill', '--alter', '--rename', 'text'], 2, /--rename: found text; allowed is column=field/],
      [['fill', '--alter', '--rename', 'text=other'], 2, /the configuration has no field other/],
      [
        ['fill', '--alter', '--rename', 'nothing=words'],
        2,
        /the columns that the configuration does not name are study\.big, study\.text/,
      ],
      [['fill', '--alter', '--rename', 'kind=words'], 2, /cannot be renamed/],
      [['fill', '--alter', '--drop', 'status'], 2, /no column status to be dropped/],
      [['fill', '--alter', '--drop', 'accuracy'], 2, /no column accuracy to be dropped/],
      [['fill', '--alter', '--drop', 'text', '--rename', 'text=words'], 2, /is given twice/],
    ] as const) {
      const refused = await study.call(...args);
      expect(refused, args.join(' ')).toMatchObject({ code, stdout: '' });
      expect(refused.stderr).toMatch(says);
    }
    const now = '2999-01-01 00:00:00.000';
    await study.execute(
      `INSERT INTO study_runners (id, name, host, pid, workers, version, started_at, heartbeat_at, expires_at, heartbeats, state)
       VALUES ('00000000-0000-7000-8000-000000000000', 'n', 'there', 17, 1, '0', '${now}', '${now}', '${now}', 1, 'active')`,
    );
    const alter = ['fill', '--alter', '--rename', 'text=words', '--drop', 'big', '--yes'];
    const refused = await study.call(...alter);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(
      'the study is being executed by process 17 on there. Stop that first, or give --force',
    );
    const done = await study.call(...alter, '--force', '--json');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const { altered } = JSON.parse(done.stdout) as { altered: { column: string; becomes?: object }[] };
    expect(altered.map(({ column, becomes }) => [column, becomes])).toEqual([
      ['accuracy', { name: 'accuracy', type: 'VARCHAR(40)', retyped: true, replaces: false }],
      ['text', { name: 'words', type: 'TEXT', retyped: false, replaces: false }],
      ['big', undefined],
    ]);
    expect((await study.call('check')).code).toBe(0);
  });
};

describe('a study that changes on SQLite', () => {
  suite(onSqlite);
});
describeOnMysql('a study that changes', (server) => {
  suite(onServer(server));
});
