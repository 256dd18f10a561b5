import type { AttemptRef } from '../../../src/domain/experiment/attempt.ts';
import type { Runner } from '../../../src/domain/experiment/runner.ts';
import { ExperimenterError } from '../../../src/domain/errors.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type {
  AttemptWrite,
  Claimed,
  ClaimRequest,
  Reaped,
  RecordOutcome,
} from '../../../src/domain/repository/runner-protocol.ts';
import type { FillSummary } from '../../../src/domain/repository/study-store.ts';
import type { ExperimentStatus } from '../../../src/domain/experiment/experiment.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';

/** What every result is: the token of the write it came by, in both of the first two fields. */
export const studyOfTokens = (table: string) =>
  defineStudy({
    table,
    keyfields: { seed: 'INT' },
    resultfields: { first: 'VARCHAR(20)', second: 'VARCHAR(20)', size: 'BIGINT' },
    logtables: { notes: { text: 'VARCHAR(20)' } },
  });

export const LEASE_SECONDS = 60;
export const MAX_ATTEMPTS = 2;

/** A call of the repository with its arguments: the same object is the same call, made again. */
export type Call =
  | { readonly method: 'fill'; readonly seeds: readonly number[] }
  | { readonly method: 'register'; readonly runner: Runner }
  | { readonly method: 'heartbeat'; readonly runnerId: string }
  | { readonly method: 'drain' | 'deregister'; readonly runnerId: string }
  | {
      readonly method: 'declareDead';
      readonly runnerId: string;
      readonly heartbeats: number;
      readonly ignoreExpiry: boolean;
    }
  | { readonly method: 'claim'; readonly request: ClaimRequest }
  | { readonly method: 'addAndClaim'; readonly runnerId: string; readonly seed: number }
  | { readonly method: 'record'; readonly writes: readonly AttemptWrite[] }
  | {
      readonly method: 'release';
      readonly attempts: readonly (AttemptRef & { readonly startedAt?: string })[];
    }
  | { readonly method: 'reap' }
  | {
      readonly method: 'reset';
      readonly selection: {
        readonly statuses?: readonly ExperimentStatus[];
        readonly ids?: readonly [number, number][];
      };
    };

/** What came back: a value, or the code of the error that was thrown. */
export type Answer =
  | { readonly code: string }
  | {
      readonly value:
        | undefined
        | boolean
        | FillSummary
        | readonly Claimed[]
        | RecordOutcome
        | readonly Reaped[]
        | { readonly reset: number; readonly leased: number };
    };

/** Makes a call. What is no answer of the contract's is thrown on. */
export const make = async (call: Call, repository: ExperimentRepository): Promise<Answer> => {
  try {
    return { value: await valueOf(call, repository) };
  } catch (error) {
    if (error instanceof ExperimenterError) return { code: error.code };
    throw error;
  }
};

const valueOf = async (call: Call, repository: ExperimentRepository) => {
  switch (call.method) {
    case 'fill':
      return repository.fill(call.seeds.map((seed) => ({ seed })));
    case 'register':
      return repository.register(call.runner, LEASE_SECONDS) as Promise<undefined>;
    case 'heartbeat':
      return repository.heartbeat(call.runnerId, LEASE_SECONDS);
    case 'drain':
    case 'deregister':
      return repository[call.method](call.runnerId) as Promise<undefined>;
    case 'declareDead':
      return repository.declareDead(call.runnerId, call.heartbeats, call.ignoreExpiry);
    case 'claim':
      return repository.claim(call.request);
    case 'addAndClaim': {
      const claimed = await repository.addAndClaim(call.runnerId, { seed: call.seed });
      return claimed && [claimed];
    }
    case 'record':
      return repository.record(call.writes);
    case 'release':
      return repository.release(call.attempts, 'given back') as Promise<undefined>;
    case 'reap':
      return repository.reap(MAX_ATTEMPTS);
    case 'reset':
      return repository.reset(call.selection);
    default:
      return call satisfies never;
  }
};
