import assert from 'node:assert/strict';
import { expect, onTestFinished } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import type { AttemptRef } from '../../../src/domain/experiment/attempt.ts';
import type { Runner } from '../../../src/domain/experiment/runner.ts';
import type { Row } from '../../../src/domain/values/column.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { AttemptEnd, AttemptWrite, Claimed } from '../../../src/domain/repository/runner-protocol.ts';
import type { Selection } from '../../../src/domain/repository/selection.ts';
import type { Experiment } from '../../../src/domain/experiment/experiment.ts';
import { checkedFields, type StudyDefinition } from '../../../src/domain/study/study-definition.ts';
import { defineStudy, type StudyInput } from '../../../src/domain/study/define-study.ts';

/** A connection to the tables of one study, and what a test may do to the database behind the repository's back. */
export interface OpenedRepository {
  /** Connected; nothing is prepared. */
  readonly repository: ExperimentRepository;
  /** A second connection to the same tables, of the same study or of what has become of it. */
  another(study?: StudyDefinition): Promise<ExperimentRepository>;
  /** Makes the database believe that the lease of life of this runner has run out. */
  expire(runnerId: string): Promise<void>;
  /** Deletes the runner's row, as somebody's clean-up might. */
  forget(runnerId: string): Promise<void>;
  /** Lets so much time pass by every clock: waits, where they cannot be turned. */
  elapse(milliseconds: number): Promise<void>;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** Connects to the tables of that study, which do not exist yet: every study of the suite has a table name of its own. */
export type OpenRepository = (study: StudyDefinition) => Promise<OpenedRepository>;

let studies = 0;

/** A study that no other test has; by default with keyfield `seed`, four resultfields and the logtable `notes`. */
export const studyOf = (input: Partial<StudyInput> = {}): StudyDefinition => {
  studies += 1;
  return defineStudy({
    table: `contract_${studies}`,
    keyfields: { seed: 'INT' },
    resultfields: { accuracy: 'DOUBLE', comment: 'LONGTEXT', size: 'BIGINT', matrix: 'JSON' },
    logtables: { notes: { text: 'LONGTEXT' } },
    ...input,
  });
};

export const LEASE_SECONDS = 60;

/** A study at hand, with the few steps that most tests begin with. */
export class Scene {
  readonly study: StudyDefinition;
  readonly opened: OpenedRepository;
  readonly repository: ExperimentRepository;

  private constructor(study: StudyDefinition, opened: OpenedRepository) {
    this.study = study;
    this.opened = opened;
    this.repository = opened.repository;
  }

  /** Connected, without tables. Closed when the test is over. */
  static async open(open: OpenRepository, study = studyOf()): Promise<Scene> {
    const opened = await open(study);
    onTestFinished(() => opened.close());
    return new Scene(study, opened);
  }

  /** With tables and experiments of the seeds 1, 2, 3 …, whose ids are the same numbers. */
  static async of(experiments: number, open: OpenRepository, study = studyOf()): Promise<Scene> {
    const scene = await Scene.open(open, study);
    await scene.repository.prepare();
    if (experiments > 0) await scene.repository.fill(seeds(1, experiments));
    return scene;
  }

  /** Registers a runner; answers its id. */
  async runner(given: Partial<Runner> = {}): Promise<string> {
    const runner = { id: newId(), name: 'contract', host: 'node-1', pid: 4711, workers: 2, version: '1.2.3', ...given };
    await this.repository.register(runner, LEASE_SECONDS);
    return runner.id;
  }

  async claim(runnerId: string, count = 1): Promise<readonly Claimed[]> {
    const claimed = await this.repository.claim({ runnerId, count });
    return claimed ?? expect.unreachable('the runner is not active');
  }

  async claimOne(runnerId: string): Promise<Claimed> {
    const [claimed] = await this.claim(runnerId);
    return claimed ?? expect.unreachable('nothing is open');
  }

  /** Claims this experiment, out of turn, from `created` or `paused`. */
  async claimOnly(runnerId: string, id: number, status: 'created' | 'paused' = 'created'): Promise<Claimed> {
    const claimed = await this.repository.claim({ runnerId, count: 1, only: { ids: [id], status } });
    return claimed?.[0] ?? expect.unreachable(`experiment ${id} is not ${status}`);
  }

  /** A write that must be accepted. */
  async write(...writes: AttemptWrite[]): Promise<void> {
    assert.deepEqual(await this.repository.record(writes), { lost: [], refused: [] });
  }

  async row(id: number): Promise<Experiment> {
    return (await this.repository.find(id)) ?? expect.unreachable(`there is no experiment ${id}`);
  }

  async list(selection?: Selection): Promise<Experiment[]> {
    return Array.fromAsync(this.repository.list(selection));
  }

  async logs(logtable: string, experimentId?: number): Promise<Row[]> {
    return Array.fromAsync(this.repository.logs(logtable, experimentId));
  }

  /** The runner's lease of life runs out, and somebody finds out. What it held is not recovered yet. */
  async die(runnerId: string): Promise<void> {
    await this.opened.expire(runnerId);
    const runner = (await this.repository.runners()).find(({ id }) => id === runnerId);
    assert.ok(await this.repository.declareDead(runnerId, runner?.heartbeats ?? -1), 'it did not die');
  }

  /** One more lost attempt of this experiment. */
  async lose(id: number, maxAttempts: number): Promise<void> {
    const runner = await this.runner();
    await this.claimOnly(runner, id);
    await this.die(runner);
    await this.repository.reap(maxAttempts);
  }

  /** Everything there is to see of an experiment, for what must change nothing. */
  async everything(id: number): Promise<unknown> {
    const { repository } = this;
    const lease = (await repository.leases()).find(({ experimentId }) => experimentId === id);
    const logs = await Promise.all(this.study.logtables.map(({ name }) => this.logs(name, id)));
    return structuredClone({ row: (await this.row(id)).toRow(), attempts: await repository.attempts(id), lease, logs });
  }

  /** Results as a worker hands them over: in stored form. */
  results(values: Row): Row {
    return checkedFields(values, this.study.resultfields, 'resultfield');
  }
}

export function* seeds(first: number, last: number): Iterable<Row> {
  for (let seed = first; seed <= last; seed += 1) yield { seed };
}

const statusOf = { done: 'done', error: 'error', timeout: 'error', paused: 'paused' } as const;

export const STARTED = '2026-01-02 03:04:05.678';
export const ENDED = '2026-01-02 03:04:06.789';

export const ref = ({ experimentId, attemptId }: AttemptRef): AttemptRef => ({ experimentId, attemptId });

export const endOf = (outcome: AttemptEnd['outcome'], error: string | null = null): AttemptEnd => ({
  outcome,
  status: statusOf[outcome],
  error,
  startedAt: STARTED,
  endedAt: ENDED,
});

/** The end of an attempt, with its results. */
export const ended = (
  of: AttemptRef,
  outcome: AttemptEnd['outcome'] = 'done',
  results?: Row,
  error?: string,
): AttemptWrite => ({
  ...ref(of),
  ...(results && { results }),
  end: endOf(outcome, error ?? (statusOf[outcome] === 'error' ? `${outcome} happened` : null)),
});

export const NOTED = new Date('2026-03-04T05:06:07.000Z');

/** A row for the logtable `notes`. */
export const note = (text: string) => ({ logtable: 'notes', row: { text }, date: NOTED });

/** `YYYY-MM-DD HH:MM:SS` */
export const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;
/** `YYYY-MM-DD HH:MM:SS.mmm` */
export const INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/;
