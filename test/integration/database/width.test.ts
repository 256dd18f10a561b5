import { createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { openMysqlRepository } from '../../../src/infrastructure/database/open-mysql.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import { type TablePlan, tablePlans } from '../../../src/infrastructure/database/schema/table-plans.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { type MysqlLimits, mysqlProblem } from '../../../src/infrastructure/database/structure/width.ts';
import { createDatabase, describeOnMysql, temporaryDirectory, uniqueName } from '../../support/databases.ts';

/** A study with so many fields of a type beside a keyfield. */
const wide = (type: string, count: number): StudyDefinition =>
  defineStudy({
    table: uniqueName('w'),
    keyfields: { k: 'INT' },
    resultfields: Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, type])),
  });

const outcome = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'made';
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    return `${code ?? 'raw'}: ${message}`;
  }
};

const opened: SqlRepository[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (repository) => repository.close()));
});

describe('SQLite', () => {
  const open = async (study: StudyDefinition): Promise<SqlRepository> => {
    const repository = await openSqliteRepository(study, { file: `${temporaryDirectory()}/wide.sqlite` });
    opened.push(repository);
    return repository;
  };

  it.each([
    [1_991, /^made$/],
    [1_992, /^STUDY_INVALID: table w\w+ is too wide: it has 2,001 columns, SQLite takes 2,000; /],
  ])('takes 2,000 columns: %d and the fixed ones', async (count, expected) => {
    const repository = await open(wide('DOUBLE', count));
    expect(await outcome(async () => repository.prepare())).toMatch(expected);
  });

  it.each([
    [1_900, 'INT', /^made$/],
    [990, 'DATETIME', /^made$/],
    [991, 'DATETIME', /^STUDY_INVALID: table deep is too wide: it has 991 keyfields, .* at most 1,000 deep; /],
  ])('compares %d keyfields, the last of type %s', async (count, type, expected) => {
    const names = Array.from({ length: count }, (_, at) => `k${at}`);
    const last = count - 1;
    const study = defineStudy({
      table: 'deep',
      keyfields: Object.fromEntries(names.map((name, at) => [name, at === last ? type : 'INT'])),
    });
    const moment = type === 'DATETIME' ? '2026-01-01 00:00:00' : 7;
    const row = Object.fromEntries(names.map((name, at) => [name, at === last ? moment : at]));
    const repository = await open(study);
    expect(await outcome(async () => repository.prepare())).toMatch(expected);
    if (!expected.test('made')) return;
    expect(await repository.fill([row, { ...row, k1: -1 }, row])).toMatchObject({ added: 2 });
    expect(await repository.fill([row])).toMatchObject({ added: 0 });
  });
});

describeOnMysql('width', (server) => {
  const types = ['DOUBLE', 'INT', 'BOOL', 'DECIMAL(20,3)', 'DATETIME(3)', 'TIME', 'CHAR(20)', 'TEXT', 'JSON'];
  const texts = ['VARCHAR(255)', 'VARCHAR(64)', 'VARCHAR(63)', 'VARCHAR(10)', 'VARCHAR(9)', 'VARCHAR(2000)'];

  it.each([...types, ...texts])('is reckoned as the server does: %s', async (type) => {
    const limits: MysqlLimits = {
      server: server.name === 'mariadb' ? 'mariadb' : 'mysql',
      ...{ rowBytes: 65_535, columns: 1_017, pageBytes: 8_126 },
    };
    const planOf = (count: number): TablePlan => {
      const [main] = tablePlans(wide(type, count), 'mysql');
      if (!main) throw new Error('a study without its table');
      return main;
    };
    let most = 1;
    while (mysqlProblem(planOf(most + 1), limits) === undefined) most += 1;
    const { host, port, user, password, database } = await createDatabase(server);
    const connection = await createConnection({ host, port, user, password, database });
    const made = async (count: number): Promise<boolean> => {
      const columns = planOf(count).columns.map(
        ({ name, type: sql, nullable }) => `${name} ${sql} ${nullable ? 'DEFAULT NULL' : 'PRIMARY KEY'}`,
      );
      return connection.query(`CREATE TABLE n${count} (${columns.join(', ')}) CHARACTER SET utf8mb4`).then(
        () => true,
        ({ errno, message }: { readonly errno: number; readonly message: string }) => {
          if (errno === 1118 || errno === 1117 || message.includes('Too many columns')) return false;
          throw new Error(message);
        },
      );
    };
    expect([await made(most), await made(most + 1)]).toEqual([true, false]);
    await connection.end();
  });

  it('that is too much is refused before anything is made', async () => {
    const database = await createDatabase(server);
    for (const [study, says] of [
      [wide('DOUBLE', 1_000), /8,\d+ bytes of a page, InnoDB takes less than 8,126 /],
      [wide('BOOL', 1_200), /it has 1,209 columns, InnoDB takes 1,017; /],
      [wide('VARCHAR(255)', 63), /66,\d+ bytes of a row, MySQL and MariaDB take 65,535 /],
    ] as const) {
      const repository = await openMysqlRepository(study, database);
      opened.push(repository);
      for (const work of [async () => repository.findings(), async () => repository.prepare()])
        expect(await outcome(work)).toMatch(new RegExp(`^STUDY_INVALID: table w\\w+ is too wide: .*${says.source}`));
      expect(await repository.exists()).toBe(false);
    }
  });
});
