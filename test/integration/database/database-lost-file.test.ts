import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { RunnerProtocol } from '../../../src/domain/repository/runner-protocol.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { openSqliteRepository } from '../../../src/infrastructure/database/open-sqlite.ts';
import type { SqlRepository } from '../../../src/infrastructure/database/sql-repository.ts';
import { ThreadedProtocol } from '../../../src/infrastructure/database/thread/threaded-protocol.ts';
import { temporaryDirectory } from '../../support/databases.ts';

/* The file of a study, or its log, is removed or replaced while connections have it open. */

const study = defineStudy({ table: 'lost', keyfields: { seed: 'INT' }, resultfields: { accuracy: 'DOUBLE' } });
const at = '2026-01-01 00:00:00.000';
const end = { outcome: 'done' as const, status: 'done' as const, error: null, startedAt: at, endedAt: at };

const open = async (file: string): Promise<SqlRepository> => {
  const repository = await openSqliteRepository(study, { file });
  onTestFinished(() => repository.close());
  return repository;
};

/** A study of four experiments, and a protocol with a runner that has recorded the first of them. */
const atWork = async (protocolOf: (file: string) => Promise<RunnerProtocol>) => {
  const file = path.join(temporaryDirectory(), 'study.sqlite');
  const repository = await open(file);
  await repository.prepare();
  await repository.fill([1, 2, 3, 4].map((seed) => ({ seed })));
  const protocol = await protocolOf(file);
  const runnerId = newId();
  await protocol.register({ id: runnerId, name: 'n', host: 'h', pid: 1, workers: 1, version: '0' }, 60);
  const claimed = (await protocol.claim({ runnerId, count: 4 })) ?? [];
  const record = async (index: number) => {
    const one = claimed[index];
    if (!one) return expect.unreachable('four are claimed');
    return protocol.record([{ ...one, results: { accuracy: index }, end }]);
  };
  await record(0);
  return { file, repository, protocol, runnerId, record };
};

const threaded = async (file: string): Promise<RunnerProtocol> => {
  const protocol = new ThreadedProtocol(study, { file });
  onTestFinished(() => protocol.close());
  return protocol;
};

const replace = (file: string): void => {
  writeFileSync(`${file}.new`, '');
  renameSync(`${file}.new`, file);
};

const copiesBeside = (file: string): string[] =>
  readdirSync(path.dirname(file))
    .filter((name) => name.includes('.rescued-'))
    .map((name) => path.join(path.dirname(file), name));

it.each<[string, RegExp, (file: string) => void]>([
  ['the file is removed', /study\.sqlite was removed while it was in use/, (file) => rmSync(file)],
  ['the file is replaced', /study\.sqlite was replaced by another file while it was in use/, replace],
  ['the log is removed', /study\.sqlite-wal was removed/, (file) => rmSync(`${file}-wal`)],
  ['the log is replaced', /study\.sqlite-wal was replaced/, (file) => replace(`${file}-wal`)],
  ["the log's index is removed", /study\.sqlite-shm was removed/, (file) => rmSync(`${file}-shm`)],
  ['the file is renamed', /study\.sqlite was removed/, (file) => renameSync(file, `${file}.backup`)],
])('acknowledges nothing once %s, and copies what was acknowledged', async (_, problem, harm) => {
  const { file, protocol, runnerId, record } = await atWork(threaded);
  harm(file);
  const refused = { code: 'DATABASE_UNSUPPORTED', message: expect.stringMatching(problem) };
  await expect(record(1)).rejects.toMatchObject(refused);
  await expect(protocol.heartbeat(runnerId, 60)).rejects.toMatchObject(refused);
  await expect(protocol.drain(runnerId)).rejects.toMatchObject(refused);
  const copies = copiesBeside(file);
  expect(copies).toHaveLength(1);
  const [copy = ''] = copies;
  await expect(record(1)).rejects.toThrow(copy);
  const rescued = await open(copy);
  expect(await rescued.find(1)).toMatchObject({ status: 'done', results: { accuracy: 0 } });
  expect(await rescued.attempts(1)).toHaveLength(1);
  expect(await rescued.fill([{ seed: 4 }, { seed: 5 }])).toEqual({ added: 1, existing: 1 });
});

it('is noticed by a heartbeat alone', async () => {
  const { file, protocol, runnerId } = await atWork(threaded);
  rmSync(file);
  await expect(protocol.heartbeat(runnerId, 60)).rejects.toMatchObject({ code: 'DATABASE_UNSUPPORTED' });
  expect(copiesBeside(file)).toHaveLength(1);
});

it('is one copy, however many runners have the same file open', async () => {
  const { file, record } = await atWork(threaded);
  const others = [await open(file), await open(file)];
  await others[1]?.fill([{ seed: 9 }]);
  await others[0]?.fill([{ seed: 10 }]);
  replace(file);
  const failures = await Promise.allSettled([record(1), ...others.map(async (other) => other.fill([{ seed: 11 }]))]);
  const copies = copiesBeside(file);
  expect(copies).toHaveLength(1);
  for (const failure of failures)
    expect(failure).toMatchObject({ reason: { message: expect.stringContaining(copies[0] ?? 'none') } });
  const rescued = await open(copies[0] ?? '');
  expect(await rescued.fill([9, 10].map((seed) => ({ seed })))).toEqual({ added: 0, existing: 2 });
});

it('stops a fill and a reader, who have nothing to rescue', async () => {
  const { file, repository } = await atWork(threaded);
  function* rows() {
    for (let seed = 5; seed < 25_000; seed += 1) {
      if (seed === 15_000) rmSync(file);
      yield { seed };
    }
  }
  const reader = await open(file);
  await expect(repository.fill(rows())).rejects.toThrow(
    /was removed while it was in use; all that was recorded until then is in /,
  );
  await expect(reader.counts()).rejects.toThrow(/was removed while it was in use; start again$/);
  expect(existsSync(file)).toBe(false);
});

it('says so if nothing can be copied', async () => {
  const { file, record } = await atWork(threaded);
  rmSync(path.dirname(file), { recursive: true });
  await expect(record(1)).rejects.toThrow(/was removed.*could not be copied \(.*\): stop every runner, take /s);
});
