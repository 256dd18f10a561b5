import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { ExperimenterError } from '../../domain/errors.ts';
import type { Protocol } from '../../domain/protocol.ts';
import { settle } from './settle-sqlite.ts';
import { SqlRepository } from './sql-repository.ts';
import { type NativeSqlite, SqliteDatabase } from './sqlite-database.ts';
import type { ProtocolAnswer, ProtocolCall, ProtocolFailure, ProtocolThreadData } from './threaded-protocol.ts';

/*
 * The entry of the thread in which a run's SQL is executed. It loads the driver alone, without the ORM: the tables are
 * there when a run begins.
 */

type Driver = new (file: string) => NativeSqlite & { close(): void };

const { study, options } = workerData as ProtocolThreadData;

/** The ORM's own driver: another copy of SQLite in the same process would drop this one's locks on the file. */
const loadDriver = (): Driver => createRequire(import.meta.resolve('@mikro-orm/sqlite'))('better-sqlite3') as Driver;

let native: InstanceType<Driver> | undefined;
const connect = async (): Promise<NativeSqlite> => {
  native = new (loadDriver())(options.file);
  await settle(native, options);
  return native;
};
const neverCreates = (): never => {
  throw new Error('the database thread creates no tables');
};
const database = new SqliteDatabase(connect, options.file, async () => native?.close());
const protocol: Protocol = new SqlRepository(study, database, neverCreates, options);

const failureOf = (error: unknown): ProtocolFailure => ({
  code: error instanceof ExperimenterError ? error.code : undefined,
  message: error instanceof Error ? error.message : String(error),
  stack: error instanceof Error ? error.stack : undefined,
});

const answer = async ({ id, verb, parameters }: ProtocolCall): Promise<ProtocolAnswer> => {
  const call = protocol[verb].bind(protocol) as (...parameters: readonly unknown[]) => Promise<unknown>;
  try {
    return { id, value: await call(...parameters) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
};

parentPort?.on('message', (call: ProtocolCall) => {
  void answer(call).then((answered) => {
    parentPort?.postMessage(answered);
    if (call.verb === 'close') parentPort?.close();
  });
});
