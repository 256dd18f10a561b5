import { parentPort, workerData } from 'node:worker_threads';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { RunnerProtocol } from '../../../domain/repository/runner-protocol.ts';
import { SqlRepository } from '../sql-repository.ts';
import { sqliteDatabase } from '../sqlite/sqlite-driver.ts';
import type { ProtocolAnswer, ProtocolCall, ProtocolFailure, ProtocolThreadData } from './threaded-protocol.ts';

/*
 * The entry of the thread that executes a run's SQL. The tables exist when a run begins.
 */

const { study, options } = workerData as ProtocolThreadData;

const protocol: RunnerProtocol = new SqlRepository(study, sqliteDatabase(options), options);

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
