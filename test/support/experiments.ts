import { fileURLToPath } from 'node:url';
import type { ErrorData, Finished, WorkerMessage } from '../../src/application/ports/worker-messages.ts';
import type { ChunkRun, WorkerPool } from '../../src/application/ports/ports.ts';
import { parseColumnType } from '../../src/domain/values/column-type.ts';
import type { Claimed } from '../../src/domain/repository/runner-protocol.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';

const column = (name: string, type: string) => ({ name, type: parseColumnType(type) });

/** The study of test/fixtures/experiments/behaviour.ts. */
export const behaviourStudy: StudyDefinition = {
  table: 'behaviour',
  keyfields: [column('behaviour', 'VARCHAR(255)')],
  resultfields: [column('accuracy', 'DOUBLE'), column('confusion', 'JSON'), column('note', 'LONGTEXT')],
  resultTimestamps: false,
  logtables: [{ name: 'folds', columns: [column('fold', 'INT'), column('accuracy', 'DOUBLE')] }],
};

export const experimentFile = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/experiments/${name}`, import.meta.url));

/** A chunk whose experiments have the ids 1, 2, 3 … and these behaviours. */
export const chunkOf = (...behaviours: readonly string[]): Claimed[] =>
  behaviours.map((behaviour, index) => ({
    experimentId: index + 1,
    attemptId: `attempt-${index + 1}`,
    number: 1,
    keyfields: { behaviour },
  }));

/** A chunk under way, with everything it said so far. */
export interface Followed {
  readonly run: ChunkRun;
  readonly messages: readonly WorkerMessage[];
  finished(id: number): Finished | undefined;
  /** Fulfilled when such a message has come. */
  said(what: (message: WorkerMessage) => boolean): Promise<void>;
}

export const follow = (pool: WorkerPool, chunk: readonly Claimed[]): Followed => {
  const messages: WorkerMessage[] = [];
  const waiting = new Set<() => void>();
  const run = pool.run(chunk, (message) => {
    messages.push(message);
    for (const look of waiting) look();
  });
  return {
    run,
    messages,
    finished: (id) =>
      messages.find((message) => message.type === 'finished' && message.experimentId === id) as Finished | undefined,
    said: (what) =>
      new Promise((resolve) => {
        const look = () => {
          if (messages.some(what)) resolve();
        };
        waiting.add(look);
        look();
      }),
  };
};

/** Executes a chunk to its end. */
export const executed = async (
  pool: WorkerPool,
  ...behaviours: readonly string[]
): Promise<Followed & { readonly cause: ErrorData | null }> => {
  const followed = follow(pool, chunkOf(...behaviours));
  return { ...followed, cause: await followed.run.workerFreed };
};
