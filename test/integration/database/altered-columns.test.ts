import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { Alteration } from '../../../src/domain/repository/alteration.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { defineStudy, type StudyInput } from '../../../src/domain/study/define-study.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { describeOnMysql, uniqueName } from '../../support/databases.ts';
import { mysqlPlace, sqlitePlace, type StudyPlace } from '../../support/study-places.ts';

const studyOf = (input: Partial<StudyInput> = {}): StudyDefinition =>
  defineStudy({
    table: uniqueName(),
    keyfields: { seed: 'INT', kernel: 'VARCHAR(20)' },
    resultfields: { loss: 'DOUBLE', note: 'VARCHAR(20)' },
    resultTimestamps: true,
    logtables: { steps: { step: 'INT', text: 'VARCHAR(20)' } },
    ...input,
  });

const suite = (place: StudyPlace): void => {
  const { open } = place;
  const execute = async (repository: SqlRepository, results: readonly Row[]): Promise<void> => {
    const runnerId = newId();
    await repository.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
    const claimed = (await repository.claim({ runnerId, count: results.length })) ?? [];
    const at = '2026-01-01 00:00:00.000';
    const end = { outcome: 'done', status: 'done', error: null, startedAt: at, endedAt: at } as const;
    const written = await repository.record(
      claimed.map(({ experimentId, attemptId }, index) => ({
        experimentId,
        attemptId,
        results: results[index] ?? {},
        logs: [{ logtable: 'steps', row: { step: index, text: `${index}` }, date: new Date() }],
        end,
      })),
    );
    expect(written).toEqual({ lost: [], refused: [] });
    await repository.deregister(runnerId);
  };
  /** A study of which two experiments are done. */
  const done = async (results: readonly [Row, Row], input: Partial<StudyInput> = {}): Promise<StudyDefinition> => {
    const study = studyOf(input);
    const repository = await open(study);
    await repository.prepare();
    await repository.fill([1, 2].map((seed) => ({ seed, kernel: `0${seed}` })));
    await execute(repository, results);
    return study;
  };
  const rows = async (study: StudyDefinition, columns: string) =>
    place.execute(`SELECT ${columns} FROM ${study.table} ORDER BY ID`);
  const refusal = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('retypes columns of the main table and of logs, whose rows stay, and what is theirs', async () => {
    const study = await done([
      { loss: 3, note: '7' },
      { loss: 4, note: '1.50' },
    ]);
    await place.execute(`CREATE INDEX theirs_${study.table} ON ${study.table} (loss)`);
    const changed = studyOf({
      table: study.table,
      keyfields: { seed: 'BIGINT', kernel: 'VARCHAR(30)' },
      resultfields: { loss: 'INT', note: 'DOUBLE' },
      logtables: { steps: { step: 'BIGINT', text: 'INT' } },
    });
    const repository = await open(changed);
    const planned = await repository.alterations({});
    expect(planned.map(({ column, values }) => [column, values])).toEqual([
      ['seed', 2],
      ['kernel', 2],
      ['loss', 2],
      ['note', 2],
      ['step', 2],
      ['text', 2],
    ]);
    expect(planned.find(({ column }) => column === 'note')).toMatchObject({
      rewritten: { count: 1, example: { id: 2, value: '"1.50"', outcome: 'it would become 1.5' } },
      unfit: { count: 0 },
    });
    await repository.alter(planned, false);
    await repository.alter(planned, false); // as after an answer that was lost
    expect(await repository.alterations({})).toEqual([]);
    await repository.prepare();
    expect(await rows(study, 'seed, kernel, loss, note')).toEqual([
      { seed: 1, kernel: '01', loss: 3, note: 7 },
      { seed: 2, kernel: '02', loss: 4, note: 1.5 },
    ]);
    expect(await Array.fromAsync(repository.logs('steps'))).toMatchObject([
      { experiment_id: 1, step: 0, text: 0 },
      { experiment_id: 2, step: 1, text: 1 },
    ]);
    // Nothing of the tables has gone on the way: their index, ours, and the trigger of ours.
    expect(
      await repository.fill([
        { seed: 1, kernel: '01' },
        { seed: 3, kernel: '03' },
      ]),
    ).toEqual({ added: 1, existing: 1 });
    if (place.name === 'sqlite') {
      const made = await place.execute(
        `SELECT name FROM sqlite_schema WHERE tbl_name = '${study.table}' AND type <> 'table'`,
      );
      expect(new Set(made.map(({ name }) => String(name).split('.').at(-1)))).toEqual(
        new Set(['guard', 'keyfields', 'open', `theirs_${study.table}`, 'unsettled']),
      );
    } else {
      const made = await place.execute(`SHOW INDEX FROM ${study.table} WHERE Seq_in_index = 1`);
      expect(new Set(made.map(({ Key_name }) => Key_name))).toEqual(
        new Set(['PRIMARY', 'keyfields', 'open', `theirs_${study.table}`]),
      );
    }
    // Runners of any age still know it as a result.
    await execute(repository, [{ loss: 5 }]);
    const older = await open(
      studyOf({
        table: study.table,
        keyfields: { seed: 'BIGINT', kernel: 'VARCHAR(30)' },
        resultfields: {},
        logtables: {},
      }),
    );
    await older.prepare();
    expect(await older.reset({})).toEqual({ reset: 3, leased: 0 });
    expect(new Set((await rows(study, 'loss')).map(({ loss }) => loss))).toEqual(new Set([null]));
  });

  it('takes back what it has done by the statement that it names', async () => {
    const study = await done([{ loss: 3 }, { loss: 4 }]);
    const change = { resultfields: { LOSS: 'INT', words: 'VARCHAR(20)' } };
    const repository = await open(studyOf({ ...change, table: study.table }));
    const planned = await repository.alterations({ renames: [['note', 'words']] });
    await repository.alter(planned, false);
    expect(await rows(study, 'LOSS, words')).toEqual([3, 4].map((LOSS) => ({ LOSS, words: null })));
    const undo = planned.flatMap((one) => one.undo ?? []);
    // A timestamp goes with its field. SQLite has no statement for a type.
    expect(undo).toHaveLength(place.name === 'sqlite' ? 3 : 4);
    for (const statement of undo) await place.execute(statement);
    const before = await open(study);
    await before.alter(await before.alterations({}), false);
    await before.prepare();
    expect((await Array.fromAsync(before.list())).map(({ results }) => results['loss'])).toEqual([3, 4]);
  });

  it('refuses values that do not fit, names one of them, and alters nothing', async () => {
    const study = await done([
      { loss: 3, note: 'ok' },
      { loss: 0.5, note: 'words' },
    ]);
    const repository = await open(
      studyOf({
        table: study.table,
        keyfields: { seed: 'INT', kernel: 'INT' },
        resultfields: { loss: 'INT', note: 'VARCHAR(2)' },
      }),
    );
    const planned = await repository.alterations({});
    const error = (await refusal(repository.alter(planned, false))) as Error;
    expect(error).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      /column kernel: 2 of 2 values are none of INT, as "01" in the row of ID 1 \(it would become 1\)/,
    );
    expect(lines[1]).toMatch(
      /column loss: 1 of 2 values are none of INT, as 0\.5 in the row of ID 2 \(.*not an integer/,
    );
    expect(lines[2]).toMatch(/column note: 1 of 2 .* as "words" in the row of ID 2 /);
    expect(lines[3]).toBe('Nothing was altered.');
    await (await open(study)).verify();
  });

  it('renames over an empty column that a start has added, and not over values', async () => {
    const study = await done([{ loss: 3 }, { loss: 4 }]);
    const renamed = studyOf({ table: study.table, resultfields: { error_rate: 'DOUBLE', note: 'VARCHAR(20)' } });
    const repository = await open(renamed);
    await repository.prepare();
    const planned = await repository.alterations({ renames: [['loss', 'error_rate']] });
    expect(planned.map(({ column, becomes }) => [column, becomes?.name, becomes?.replaces])).toEqual([
      ['loss', 'error_rate', true],
      ['loss_timestamp', 'error_rate_timestamp', true],
    ]);
    await repository.alter(planned, false);
    await repository.alter(planned, false);
    await repository.prepare();
    expect(await rows(study, 'error_rate, error_rate_timestamp IS NULL AS gone')).toEqual([
      { error_rate: 3, gone: 0 },
      { error_rate: 4, gone: 0 },
    ]);
    await (await open(study)).prepare();
    await place.execute(`UPDATE ${study.table} SET loss = 1`);
    expect(await refusal(repository.alterations({ renames: [['loss', 'error_rate']] }))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('there is a column of that name, which has values') as string,
    });
  });

  it('drops a keyfield only if experiments stay different without it', async () => {
    const study = await done([{}, {}]);
    const bySeed = await open(studyOf({ table: study.table, keyfields: { seed: 'INT' } }));
    await (await open(study)).fill([{ seed: 1, kernel: 'other' }]);
    const wish = { drops: ['kernel'] };
    expect(await refusal(bySeed.verify())).toMatchObject({
      message: expect.stringContaining(
        'it cannot be removed, as experiment 1 and another are the same without it',
      ) as string,
    });
    expect(await refusal(bySeed.alterations(wish))).toMatchObject({ code: 'SCHEMA_MISMATCH' });
    await (await open(study)).deleteExperiments({ ids: [[3, 3]] });
    const planned = await bySeed.alterations(wish);
    expect(planned).toMatchObject([{ column: 'kernel', values: 2 }]);
    await bySeed.alter(planned, false);
    await bySeed.prepare();
    expect(await bySeed.fill([{ seed: 1 }, { seed: 3 }])).toEqual({ added: 1, existing: 1 });
  });

  it('guesses nothing where several keyfields have other names', async () => {
    const study = await done([{}, {}]);
    const repository = await open(studyOf({ table: study.table, keyfields: { number: 'INT', kind: 'VARCHAR(20)' } }));
    const { message } = (await refusal(repository.verify())) as Error;
    expect(message.split('\n')).toHaveLength(2);
    expect(message).toContain('rename it (--rename seed=number), or rename it (--rename seed=kind)');
    for (const second of ['number', 'kind']) {
      const renames = [['seed', 'number'] as const, ['kernel', second] as const];
      const planned = await refusal(repository.alterations({ renames }));
      if (second === 'number') expect(planned).toMatchObject({ code: 'USAGE' });
      else expect(planned).toBeUndefined();
    }
    await repository.alter(await repository.alterations({ renames: [['seed', 'number'], ['kernel', 'kind']] }), false); // prettier-ignore
    expect(await repository.fill([{ number: 1, kind: '01' }])).toEqual({ added: 0, existing: 1 });
  });

  it('alters nothing that was not planned, and says what is in the way', async () => {
    const study = await done([{ note: 'a' }, { note: 'b' }]);
    const repository = await open(studyOf({ table: study.table, resultfields: { loss: 'VARCHAR(30)' } }));
    const [retyped] = await repository.alterations({});
    const [note] = await repository
      .alterations({ drops: ['note'] })
      .then((all) => all.filter(({ becomes }) => !becomes));
    if (!retyped || !note) expect.unreachable('both were planned');
    const others: readonly Alteration[] = [
      { ...note, column: 'status', type: 'varchar(255)' },
      { ...note, table: `${study.table}_leases`, column: 'runner_id' },
      { ...note, type: 'INT' },
      { ...retyped, becomes: { name: 'loss', type: 'INT', retyped: true, replaces: false } },
      { ...retyped, becomes: { name: 'status', type: 'INT', retyped: true, replaces: false } },
    ];
    for (const other of others)
      expect(await refusal(repository.alter([note, other], false)), JSON.stringify(other)).toMatchObject({
        code: 'STATE_CONFLICT',
      });
    await (await open(study)).verify();
    await place.execute(
      place.name === 'sqlite'
        ? `CREATE VIEW view_${study.table} AS SELECT note FROM ${study.table}`
        : `ALTER TABLE ${study.table} ADD CONSTRAINT mine CHECK (note IS NULL OR loss IS NULL)`,
    );
    expect(await refusal(repository.alter([note], false))).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        new RegExp(`^table ${study.table} cannot be altered: .*; the table is as it was`),
      ) as string,
    });
    expect(await rows(study, 'note')).toEqual([{ note: 'a' }, { note: 'b' }]);
  });
};

describe('columns that are altered on sqlite', () => {
  suite(sqlitePlace());
});

describeOnMysql('columns that are altered', (server) => {
  suite(mysqlPlace(server));
});
