import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { defineStudy, type StudyInput } from '../../../src/domain/study/define-study.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { describeOnMysql, uniqueName } from '../../support/databases.ts';
import { emissionsOf } from '../../support/emissions.ts';
import { mysqlPlace, sqlitePlace, type StudyPlace } from '../../support/study-places.ts';

/* Which tables are a study's: names prove nothing, and what is not proved is neither dropped nor used. */

const studyOf = (table: string, more: Partial<StudyInput> = {}): StudyDefinition =>
  defineStudy({ table, keyfields: { seed: 'INT' }, resultfields: { r: 'DOUBLE' }, ...more });

const logging = (...names: string[]) => ({
  logtables: Object.fromEntries(names.map((name) => [name, { loss: 'DOUBLE' }])),
});

const companions = (table: string) =>
  ['runners', 'leases', 'attempts', 'fills', 'grids'].map((what) => `${table}_${what}`);

const suite = (place: StudyPlace): void => {
  const { open } = place;
  const all = async (): Promise<string[]> => {
    const rows = await place.execute(
      place.name === 'sqlite'
        ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        : 'SHOW TABLES',
    );
    return rows.map((row) => String(Object.values(row)[0])).sort();
  };
  /** The tables that come, and go, with this work. */
  const changes = async (work: () => Promise<unknown>) => {
    const before = await all();
    await work();
    const after = await all();
    return {
      made: after.filter((name) => !before.includes(name)),
      gone: before.filter((name) => !after.includes(name)),
    };
  };
  /** One experiment done, with a row in each logtable. */
  const done = async (repository: SqlRepository, study: StudyDefinition): Promise<void> => {
    await repository.prepare();
    await repository.fill([{ seed: 1 }]);
    const runnerId = newId();
    await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
    const [claimed] = (await repository.claim({ runnerId, count: 1 })) ?? [];
    if (!claimed) expect.unreachable('one is open');
    const [startedAt, endedAt] = ['2026-01-01 00:00:00.000', '2026-01-01 00:00:01.000'];
    const { experimentId, attemptId } = claimed;
    const end = { outcome: 'done', status: 'done', error: null, startedAt, endedAt } as const;
    const emissions = study.emissions === true ? { emissions: emissionsOf(attemptId) } : {};
    const logs = study.logtables.map(({ name }) => ({ logtable: name, row: { loss: 1 }, date: new Date() }));
    await repository.record([{ experimentId, attemptId, results: { r: 7 }, logs, end: { ...end, ...emissions } }]);
  };
  /** Nothing of it is lost. */
  const expectDone = async (repository: SqlRepository, study: StudyDefinition): Promise<void> => {
    expect(await repository.find(1)).toMatchObject({ status: 'done', results: { r: 7 } });
    expect(await repository.attempts(1)).toHaveLength(1);
    for (const { name } of study.logtables) expect(await Array.fromAsync(repository.logs(name))).toHaveLength(1);
  };
  const started = async (study: StudyDefinition): Promise<SqlRepository> => {
    const repository = await open(study);
    await done(repository, study);
    return repository;
  };

  it('drops exactly the tables that it names, and none of a study whose name begins alike', async () => {
    const table = uniqueName();
    const neighbours = [`${table}__v2`, `${table}__w`, `${table}_codecarbon`, `${table}_x`].map((name) =>
      studyOf(name, logging('loss')),
    );
    const repositories = [];
    for (const study of neighbours) repositories.push(await started(study));
    const earlier = studyOf(table, logging('old', 'loss'));
    await started(earlier);
    const repository = await open(studyOf(table, logging('loss')));
    const { own, others } = await repository.tables();
    expect(own[0]).toBe(table);
    expect([...own].sort()).toEqual([table, `${table}__loss`, `${table}__old`, ...companions(table)].sort());
    expect(others).toContainEqual({ name: `${table}__v2`, why: 'its columns are not those of a logtable' });
    expect(others).toContainEqual({
      name: `${table}__w__loss`,
      why: `its foreign key refers to ${table}__w`,
    });
    let dropped: readonly string[] = [];
    const { gone, made } = await changes(async () => (dropped = await repository.drop(own)));
    expect([gone, made]).toEqual([[...own].sort(), []]);
    expect(dropped).toEqual(own);
    for (const [index, study] of neighbours.entries()) await expectDone(repositories[index] as SqlRepository, study);
    expect((await repository.tables()).own).toEqual([]);
    expect(await repository.drop()).toEqual([]);
  });

  it('drops nothing if the tables are not those that were confirmed', async () => {
    const study = studyOf(uniqueName(), logging('loss'));
    const repository = await started(study);
    const { own } = await repository.tables();
    await (await open(studyOf(study.table, logging('loss', 'more')))).prepare();
    const { gone } = await changes(() =>
      expect(repository.drop(own)).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        message: expect.stringContaining(`${study.table}__more`) as string,
      }),
    );
    expect(gone).toEqual([]);
    await expectDone(repository, study);
  });

  it('leaves a study alone that is called as its own table of emissions would be', async () => {
    const table = uniqueName();
    const other = studyOf(`${table}_codecarbon`);
    const theirs = await started(other);
    const mine = studyOf(table);
    const repository = await started(mine);
    expect(await Array.fromAsync(repository.emissions())).toEqual([]);
    await expectDone(theirs, other);
    const telling = await open({ ...mine, emissions: true });
    await expect(telling.prepare()).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining(`it is the table of the study ${table}_codecarbon`) as string,
    });
    await repository.drop();
    await expectDone(theirs, other);
    await theirs.drop();
    await done(telling, { ...mine, emissions: true });
    expect(await Array.fromAsync(repository.emissions())).toHaveLength(1);
    expect((await repository.tables()).own).toContain(`${table}_codecarbon`);
  });

  const collisions: readonly (readonly [
    what: string,
    one: (table: string) => StudyDefinition,
    other: (table: string) => StudyDefinition,
  ])[] = [
    ['a logtable and a study', (table) => studyOf(table, logging('v2')), (table) => studyOf(`${table}__v2`)],
    ['one logtable', (table) => studyOf(table, logging('b__c')), (table) => studyOf(`${table}__b`, logging('c'))],
    ...['runners', 'leases', 'attempts', 'fills', 'grids'].map(
      (what) => [`a table of ${what} and a study`, (table: string) => studyOf(table), (table: string) => studyOf(`${table}_${what}`)] as const, // prettier-ignore
    ),
    [
      'a table of emissions and a study',
      (table) => studyOf(table, { emissions: true }),
      (table) => studyOf(`${table}_codecarbon`),
    ],
    [
      'a logtable and a table of runners',
      (table) => studyOf(table, logging('x_runners')),
      (table) => studyOf(`${table}__x`),
    ],
  ];

  it.each(
    collisions.flatMap(([what, one, other]) => [
      [what, one, other] as const,
      [`${what}, the other way round`, other, one] as const,
    ]),
  )('refuses two studies that would share %s, naming both, before anything is made', async (_, first, second) => {
    const table = uniqueName();
    const [one, other] = [first(table), second(table)];
    const theirs = await started(one);
    const repository = await open(other);
    const { made, gone } = await changes(() =>
      expect(repository.prepare()).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringMatching(
          new RegExp(`(?=.*study ${one.table}\\b)(?=.*study ${other.table}\\b)`, 's'),
        ) as string,
      }),
    );
    expect([made, gone]).toEqual([[], []]);
    await expectDone(theirs, one);
  });

  it('refuses a logtable without a foreign key, says how to mend it, and does not drop it', async () => {
    const study = studyOf(uniqueName(), logging('loss'));
    const repository = await started(study);
    const log = `${study.table}__loss`;
    await place.execute(`CREATE TABLE ${log}_copy AS SELECT * FROM ${log}`);
    await place.execute(`DROP TABLE ${log}`);
    await place.execute(`ALTER TABLE ${log}_copy RENAME TO ${log}`);
    const error: unknown = await repository.prepare().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    expect((error as Error).message).toContain(`${log} exists, but is not one of the study ${study.table}`);
    expect((await repository.tables()).others).toEqual([{ name: log, why: `it has no foreign key to ${study.table}` }]);
    if (place.name === 'mysql') {
      await place.execute(/ALTER TABLE .*;/.exec((error as Error).message)?.[0] ?? 'none');
      await repository.prepare();
      await expectDone(repository, study);
    } else {
      await repository.drop();
      expect(await all()).toContain(log);
    }
  });

  it('waits for a table that is renamed there and back', async () => {
    const study = studyOf(uniqueName(), logging('loss'));
    const repository = await started(study);
    await place.execute(`ALTER TABLE ${study.table} RENAME TO ${study.table}x`);
    const prepared = repository.prepare();
    const found = repository.tables();
    await place.execute(`ALTER TABLE ${study.table}x RENAME TO ${study.table}`);
    await prepared;
    expect((await found).own).toContain(study.table);
    await expectDone(repository, study);
  });

  it('refuses a study that was renamed for good, and finds it whole when it has its name again', async () => {
    const study = studyOf(uniqueName(), logging('loss'));
    const repository = await started(study);
    await place.execute(`ALTER TABLE ${study.table} RENAME TO ${study.table}x`);
    const { made, gone } = await changes(() =>
      expect(repository.prepare()).rejects.toMatchObject({
        code: 'SCHEMA_MISMATCH',
        message: expect.stringContaining(`${study.table}_attempts`) as string,
      }),
    );
    expect([made, gone]).toEqual([[], []]);
    await place.execute(`ALTER TABLE ${study.table}x RENAME TO ${study.table}`);
    await repository.prepare();
    await expectDone(repository, study);
  });

  it('uses empty tables of its own whose main table is gone', async () => {
    const study = studyOf(uniqueName(), logging('loss'));
    const repository = await open(study);
    await repository.prepare();
    await place.execute(`DROP TABLE ${study.table}__loss`);
    await place.execute(`DROP TABLE ${study.table}`);
    await done(repository, study);
    await expectDone(repository, study);
  });
};

describe('the tables of a study on sqlite', () => {
  suite(sqlitePlace());
});

describeOnMysql('the tables of a study', (server) => {
  const place = mysqlPlace(server);
  suite(place);

  it('are told apart by case where the server does', async () => {
    const [row] = await place.execute('SELECT @@lower_case_table_names AS folded');
    expect(row).toEqual({ folded: 0 });
    const table = uniqueName();
    const [small, large] = [studyOf(table, logging('loss')), studyOf(table.toUpperCase(), logging('loss', 'LOSS2'))];
    const repositories: SqlRepository[] = [];
    for (const study of [small, large]) {
      const repository = await place.open(study);
      repositories.push(repository);
      await repository.prepare();
      await repository.fill([{ seed: 1 }]);
    }
    const [one, other] = repositories as [SqlRepository, SqlRepository];
    expect(await one.drop()).toEqual([table, `${table}__loss`, ...companions(table)]);
    expect(await other.counts()).toMatchObject({ created: 1 });
    expect((await other.tables()).own).toHaveLength(8);
  });
});
