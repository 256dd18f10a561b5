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
};

describe('a study that changes on SQLite', () => {
  suite(onSqlite);
});
describeOnMysql('a study that changes', (server) => {
  suite(onServer(server));
});
