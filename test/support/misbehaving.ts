import { join } from 'node:path';
import type { Experimenter } from '../../src/application/experimenter.ts';
import type { RunEvent, RunSummary } from '../../src/application/runner/run-events.ts';
import type { Attempt } from '../../src/domain/experiment/attempt.ts';
import type { Experiment } from '../../src/domain/experiment/experiment.ts';
import { open } from '../../src/infrastructure/container.ts';
import { atEndOfFile } from './cleanup.ts';
import { temporaryDirectory, uniqueName, type MysqlServer } from './databases.ts';
import { experimentFile } from './experiments.ts';

export interface Misbehaviour {
  readonly runner?: object;
  readonly custom?: object;
  /** Default: an SQLite file of its own. */
  readonly server?: MysqlServer;
}

/** The configuration of a study of test/fixtures/experiments/misbehaving.ts; plain data, for other processes, too. */
export const misbehavingConfig = ({ runner = {}, custom = {}, server }: Misbehaviour = {}) => ({
  experiment: { module: experimentFile('misbehaving.ts') },
  database: server
    ? {
        provider: 'mysql',
        host: server.host,
        port: server.port,
        user: server.user,
        password: server.password,
        name: server.database,
      }
    : { provider: 'sqlite', file: join(temporaryDirectory(), 'study.sqlite'), synchronous: 'normal' },
  table: {
    name: uniqueName(),
    keyfields: { position: { type: 'INT' }, kind: { type: 'VARCHAR(100)' } },
    resultfields: {
      number: 'DOUBLE',
      integer: 'BIGINT',
      text: 'LONGTEXT',
      short: 'VARCHAR(10)',
      json: 'JSON',
      date: 'DATETIME',
      decimal: 'DECIMAL(10,2)',
    },
    logtables: { lines: { line: 'INT', text: 'LONGTEXT' } },
  },
  runner: { workers: 1, heartbeatSeconds: 1, leaseSeconds: 30, ...runner },
  custom,
  log: { level: 'silent' },
});

/** What became of one experiment. */
export interface Became {
  readonly row: Experiment;
  readonly attempts: readonly Attempt[];
  /** When its end was in the database, by the wall clock. */
  readonly recordedAt: number | undefined;
}

/** Executes experiments of these kinds, in this order, until nothing is open. */
export class MisbehavingStudy {
  readonly experimenter: Experimenter;
  readonly events: RunEvent[] = [];
  readonly #recordedAt = new Map<number, number>();

  private constructor(experimenter: Experimenter) {
    this.experimenter = experimenter;
  }

  static async of(kinds: readonly string[], how: Misbehaviour = {}): Promise<MisbehavingStudy> {
    return MisbehavingStudy.with(misbehavingConfig(how), kinds);
  }

  /** The same with a configuration that other processes are given, too. */
  static async with(config: object, kinds: readonly string[]): Promise<MisbehavingStudy> {
    const experimenter = await open({ config });
    atEndOfFile(() => experimenter.close());
    await experimenter.fillWithRows(kinds.map((kind, index) => ({ position: index + 1, kind })));
    return new MisbehavingStudy(experimenter);
  }

  async execute(): Promise<RunSummary> {
    return this.experimenter.execute({
      onEvent: (event) => {
        this.events.push(event);
        if (event.event !== 'claimed') this.#recordedAt.set(event.id, Date.now());
      },
    });
  }

  async became(id: number): Promise<Became> {
    const { experiment, attempts } = await this.experimenter.show(id);
    return { row: experiment, attempts, recordedAt: this.#recordedAt.get(id) };
  }
}

/** `2026-01-02 03:04:05.678`, UTC, in milliseconds. */
export const instant = (text: string | undefined): number => Date.parse(`${String(text).replace(' ', 'T')}Z`);
