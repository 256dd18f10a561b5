import type { Experimenter } from '../../src/application/experimenter.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe } from 'vitest';
import { stringify } from 'yaml';
import type { Log } from '../../src/application/ports/ports.ts';
import type { ExperimentFunction } from '../../src/domain/experiment/experiment-function.ts';
import { open, type OpenOptions } from '../../src/infrastructure/container.ts';
import { createDatabase, describeOnMysql, type MysqlServer, temporaryDirectory } from './databases.ts';
import { openNativeSqlite } from './native-sqlite.ts';

type Rows = Record<string, unknown>[];

/** A database where studies lie that PyExperimenter's files describe, and a way to it behind the study's back. */
export interface PythonPlace {
  readonly provider: 'sqlite' | 'mysql';
  readonly database: string;
  /** Overrides that name the credentials, if there are any. */
  readonly set: readonly string[];
  execute(sql: string): Promise<Rows>;
  /** Where it is, in the words of peer.py. */
  readonly peer: object;
}

const sqlitePlace = async (): Promise<PythonPlace> => {
  const database = join(temporaryDirectory(), 'study');
  return {
    provider: 'sqlite',
    database,
    peer: { sqlite: `${database}.db` },
    set: [],
    execute: async (sql) => {
      const native = openNativeSqlite(`${database}.db`);
      try {
        if (/^(SELECT|PRAGMA)/.test(sql)) return native.prepare(sql).all();
        native.exec(sql);
        return [];
      } finally {
        native.close();
      }
    },
  };
};

/** PyExperimenter's credentials file for a server. */
export const credentialsFile = ({ host, port, user, password }: MysqlServer): string => {
  const file = join(temporaryDirectory(), 'database_credentials.yml');
  const content = {
    CREDENTIALS: { Database: { user, password }, Connection: { Standard: { server: host, port } } },
  };
  writeFileSync(file, stringify(content), { mode: 0o600 });
  return file;
};

const mysqlPlace = async (server: MysqlServer): Promise<PythonPlace> => {
  const created = await createDatabase(server);
  const { host, port, user, password, database } = created;
  return {
    provider: 'mysql',
    database,
    peer: { mysql: { host, port, user, password, database } },
    set: [`database.credentials=${credentialsFile(created)}`],
    execute: async (sql) => {
      const connection = await createConnection({ host, port, user, password, database });
      try {
        return (await connection.query(sql))[0] as unknown as Rows;
      } finally {
        await connection.end();
      }
    },
  };
};

/** The suite on SQLite and on every server there is; each call of `place` makes a new, empty database. */
export const onEveryDatabase = (title: string, suite: (place: () => Promise<PythonPlace>) => void): void => {
  describe(`${title} on sqlite`, () => {
    suite(sqlitePlace);
  });
  describeOnMysql(title, (server) => {
    suite(() => mysqlPlace(server));
  });
};

/** What stands in a PyExperimenter file, but for where the study lies. */
export interface PythonStudy {
  readonly table?: string;
  readonly keyfields?: Readonly<Record<string, { readonly type: string; readonly values?: unknown }>>;
  readonly resultfields?: Readonly<Record<string, string>>;
  readonly resultTimestamps?: boolean;
  readonly logtables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly root?: object;
}

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Opens the study of such a file. */
export const openPythonStudy = async (
  place: PythonPlace,
  study: PythonStudy = {},
  experiment?: ExperimentFunction,
  more: Partial<OpenOptions> = {},
) => {
  const { table = 't', keyfields = { a: { type: 'INT', values: [1, 2] } }, resultfields = { r: 'DOUBLE' } } = study;
  const { logtables, resultTimestamps = false, root = {} } = study;
  const config = {
    PY_EXPERIMENTER: {
      n_jobs: 1,
      Database: {
        provider: place.provider,
        database: place.database,
        table: { name: table, keyfields, resultfields, result_timestamps: resultTimestamps },
        ...(logtables && { logtables }),
      },
      ...root,
    },
  };
  return open({
    log: silent,
    ...more,
    config,
    set: [...place.set, 'emissions.enabled=false', ...(more.set ?? [])],
    ...(experiment && { experiment }),
  });
};

/** Opens studies, each in a new database unless a place is given. */
export const pythonStudies =
  (newPlace: () => Promise<PythonPlace>) =>
  async (
    described: PythonStudy = {},
    experiment: ExperimentFunction = () => undefined,
    place?: PythonPlace,
  ): Promise<AsyncDisposable & { readonly place: PythonPlace; readonly experimenter: Experimenter }> => {
    const where = place ?? (await newPlace());
    const experimenter = await openPythonStudy(where, described, experiment);
    return { place: where, experimenter, [Symbol.asyncDispose]: () => experimenter.close() };
  };
