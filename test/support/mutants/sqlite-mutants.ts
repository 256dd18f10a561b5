import type { AttemptRef, Lease } from '../../../src/domain/attempt.ts';
import type { StoredValue } from '../../../src/domain/column-type.ts';
import type { AttemptWrite, ExperimentRepository } from '../../../src/domain/experiment-repository.ts';
import type { SqliteMutation } from '../model/systems.ts';
import { mutantDatabase, reworded, type Rewrite, type Statement, type Traces } from './mutant-database.ts';

/** One seeded mistake in the protocol. */
export interface Mutant<Mutation> {
  readonly name: string;
  readonly mutation: (traces: Traces) => Mutation;
  /** Why nobody can tell it from the product: such a mutant must survive. */
  readonly equivalent?: string;
}

type SqliteMutant = Mutant<SqliteMutation>;

// --- mistakes in statements

const byRewriting = (
  name: string,
  rewrite: (traces: Traces) => Rewrite,
  apart: readonly string[] = [],
): SqliteMutant => ({
  name,
  mutation: (traces) => {
    const change = rewrite(traces);
    return { database: (inner, method) => mutantDatabase(inner, method, change, new Set(apart)) };
  },
});

/** These statements of a method are never made. */
const without = (name: string, method: string, pattern: RegExp): SqliteMutant =>
  byRewriting(name, (traces) => (statement) => {
    if (statement.method !== method || !pattern.test(`${statement.kind} ${statement.text}`)) return statement;
    traces.changed += 1;
    return undefined;
  });

const instead = (
  name: string,
  method: string,
  ...changes: readonly (readonly [pattern: RegExp, words: string])[]
): SqliteMutant =>
  byRewriting(name, (traces) => (statement) => {
    if (statement.method !== method) return statement;
    let changed = statement;
    for (const [pattern, words] of changes) changed = reworded(changed, pattern, words) ?? changed;
    if (changed !== statement) traces.changed += 1;
    return changed;
  });

/** A column of rows that a method inserts gets this value. */
const inserting = (
  name: string,
  method: string,
  table: RegExp,
  column: string,
  value: (row: readonly StoredValue[], statement: Statement) => StoredValue,
): SqliteMutant =>
  byRewriting(name, (traces) => (statement) => {
    const at = statement.columns.indexOf(column);
    if (statement.method !== method || statement.kind !== 'insert' || !table.test(statement.text) || at < 0)
      return statement;
    const rows = statement.rows.map((row) => row.with(at, value(row, statement)));
    if (JSON.stringify(rows) !== JSON.stringify(statement.rows)) traces.changed += 1;
    return { ...statement, rows };
  });

/** The statements of the method are no transaction. */
const fallingApart = (name: string, method: string): SqliteMutant =>
  byRewriting(
    name,
    (traces) => (statement) => {
      if (statement.method === method) traces.changed += 1;
      return statement;
    },
    [method],
  );

/** Two mistakes; what the one alone would show is not looked at. */
const together = (name: string, ...mutants: readonly SqliteMutant[]): SqliteMutant => ({
  name,
  mutation: (traces) => {
    const layers = mutants.flatMap(({ mutation }) => mutation(traces).database ?? []);
    return {
      database: (inner, method) => layers.reduce((database, layer) => layer(database, method), inner),
      blind: true,
    };
  },
});

// --- mistakes around whole methods

type Around = {
  readonly [Method in keyof ExperimentRepository]?: (
    repository: ExperimentRepository,
    ...given: Parameters<ExperimentRepository[Method]>
  ) => ReturnType<ExperimentRepository[Method]>;
};

const around = (
  name: string,
  make: (traces: Traces, leases: () => Promise<readonly Lease[]>) => Around,
): SqliteMutant => ({
  name,
  mutation: (traces) => {
    let observer: ExperimentRepository | undefined;
    const leases = async () => observer?.leases() ?? [];
    const methods = make(traces, leases) as Record<PropertyKey, ((...given: unknown[]) => unknown) | undefined>;
    return {
      repository: (inner, looking) => {
        observer = looking;
        return new Proxy(inner, {
          get: (target, method) => {
            const mutant = methods[method];
            return mutant
              ? (...given: unknown[]) => mutant(target, ...given)
              : (Reflect.get(target, method, target) as unknown);
          },
        });
      },
    };
  },
});

/** Says what it says in the name of the attempt that holds the lease, if `may` agrees. */
const inAnothersName = <Said extends AttemptRef>(
  held: readonly Lease[],
  said: readonly Said[],
  traces: Traces,
  may: (said: AttemptRef, runnerId: string) => boolean = () => true,
): Said[] => {
  const leases = new Map(held.map((lease) => [lease.experimentId, lease]));
  return said.map((one) => {
    const lease = leases.get(one.experimentId);
    if (!lease || lease.attemptId === one.attemptId || !may(one, lease.runnerId)) return one;
    traces.changed += 1;
    return { ...one, attemptId: lease.attemptId };
  });
};

const fenceByRunner = (): SqliteMutant =>
  around('write: fenced by runner instead of attempt', (traces, leases) => {
    const owners = new Map<string, string>();
    return {
      claim: async (repository, request) => {
        const claimed = await repository.claim(request);
        for (const { attemptId } of claimed ?? []) owners.set(attemptId, request.runnerId);
        return claimed;
      },
      write: async (repository, writes) =>
        repository.write(
          inAnothersName(
            await leases(),
            writes,
            traces,
            ({ attemptId }, runnerId) => owners.get(attemptId) === runnerId,
          ),
        ),
    };
  });

const counted = <Result>(traces: Traces, result: Result): Result => {
  traces.changed += 1;
  return result;
};

const withoutEnd = ({ end: _, ...write }: AttemptWrite): AttemptWrite => write;

const MAIN = '"model"';
const LEASES = '"model_leases"';
const ATTEMPTS = '"model_attempts"';
const RUNNERS = '"model_runners"';
const matching = (...parts: string[]) => new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's'); // prettier-ignore

export const sqliteMutants: readonly SqliteMutant[] = [
  // the fence
  around('write: no fence, whoever comes writes while anybody holds a lease', (traces, leases) => ({
    write: async (repository, writes) => repository.write(inAnothersName(await leases(), writes, traces)),
  })),
  fenceByRunner(),
  without('write: the lease outlives the end', 'write', matching(`run DELETE FROM ${LEASES}`)),
  without('write: the end is not in the history', 'write', matching(`insert ${ATTEMPTS}`)),
  without('write: results and status are not written', 'write', matching(`update ${MAIN}`)),
  without('write: an end made again is called lost', 'write', matching('all SELECT attempt_id, outcome', ATTEMPTS)),
  instead('write: another end of an ended attempt is taken for the same', 'write', [
    matching(`SELECT attempt_id, outcome FROM ${ATTEMPTS}`),
    `SELECT attempt_id, words.value FROM ${ATTEMPTS}, json_each('["done","error","timeout","paused"]') words`,
  ]),
  around('write: of a batch only the first attempt is written, and all are acknowledged', (traces) => ({
    write: async (repository, writes) =>
      repository.write(writes.filter(({ attemptId }) => attemptId === writes[0]?.attemptId || counted(traces, false))),
  })),
  around('write: one lost attempt makes the whole batch lost', (traces, leases) => ({
    write: async (repository, writes) => {
      const held = new Set((await leases()).map(({ attemptId }) => attemptId));
      const all = writes.every(({ attemptId }) => held.has(attemptId));
      const ids = [...new Set(writes.map(({ attemptId }) => attemptId))];
      return all || writes.length === 1 ? repository.write(writes) : counted(traces, { lost: ids, refused: [] });
    },
  })),
  around('write: what is refused leaves its logs behind', (traces) => ({
    write: async (repository, writes) => {
      const outcome = await repository.write(writes);
      const refused = new Set(outcome.refused.map(({ attemptId }) => attemptId));
      for (const { experimentId, attemptId, logs } of writes)
        if (logs && refused.has(attemptId))
          await repository.write([counted(traces, { experimentId, attemptId, logs })]);
      return outcome;
    },
  })),
  around('write: results in one commit, the end in the next', (traces) => ({
    write: async (repository, writes) => {
      const ending = writes.filter(({ end }) => end);
      if (ending.length === 0) return repository.write(writes);
      await repository.write(writes.map(withoutEnd));
      return counted(traces, repository.write(ending.map(({ logs: _, ...write }) => write)));
    },
  })),
  fallingApart('write: no transaction', 'write'),
  instead('write: a commit of logs is not remembered, so that one made again doubles them', 'write', [
    /, last_log = COALESCE\(\?, last_log\)/,
    '',
  ]),
  instead('write: a vanished row is not noticed, its result is acknowledged', 'write', [
    /SELECT ID, status FROM "model" WHERE ID IN \(SELECT value FROM json_each\(\?\)\)/,
    "SELECT value AS ID, 'running' FROM json_each(?)",
  ]),
  instead('retry: the lease keeps the old attempt id', 'write', [/SET attempt_id = \?/, 'SET attempt_id = attempt_id']),
  instead('retry: the new attempt has the number of the old one', 'write', [/, number = \?/, '']),
  instead('retry: the new attempt shows the progress of the old one', 'write', [/, progress = NULL/, '']),
  instead('retry: it is forgotten that the experiment was resumed', 'write', [/, last_log = NULL/, ', last_log = NULL, resumed = 0']), // prettier-ignore
  without('retry: the results of the failed try stay', 'write', matching(`run UPDATE ${MAIN} SET "first" = NULL`)),
  without('retry: the logs of the failed try stay', 'write', matching('run DELETE FROM', 'notes')),

  // the veto
  inserting('veto: not in place', 'write', /attempts/, 'done_id', () => null),
  together(
    'veto: not in place, and a done that stands is claimed over',
    inserting('', 'write', /attempts/, 'done_id', () => null),
    instead('', 'claim', [/MAX\(done_id\)/, 'NULL']),
  ),
  instead('claim: a done that stands is not superseded', 'claim', [/MAX\(done_id\)/, 'NULL']),

  // claim
  instead('claim: without looking whether the runner is active', 'claim', [/ AND state = 'active'/, '']),
  instead('claim: a draining runner may', 'claim', [/ AND state = 'active'/, " AND state IN ('active', 'draining')"]),
  instead('claim: a dead runner may', 'claim', [/ AND state = 'active'/, " AND state IN ('active', 'dead')"]),
  instead('claim: without looking at the status', 'claim', [
    / INDEXED BY "model\.open" WHERE status = 'created' AND/,
    ' WHERE',
  ]),
  instead('claim: of what is paused, without looking at the status', 'claim', [/ AND status = \?/, '']),
  without('claim: the status is not set', 'claim', matching(`run UPDATE ${MAIN} SET status = 'running'`)),
  without('claim: no lease is made', 'claim', matching(`insert ${LEASES}`)),
  instead('claim: the number of the last attempt is used again', 'claim', [/MAX\(number\)/, 'MAX(number) - 1']),
  instead('claim: numbers begin anew with each reset', 'claim', [/MAX\(number\)/, 'MAX(CASE WHEN superseded = 0 THEN number END)']), // prettier-ignore
  instead('claim: a number is left out', 'claim', [/MAX\(number\)/, 'MAX(number) + 1']),
  instead('claim: losses are not looked at', 'claim', [/SUM\(CASE .* END\)/, '0']),
  instead('claim: losses before a reset are looked at too', 'claim', [/ AND superseded = 0 THEN/, ' THEN']),
  fallingApart('claim: no transaction, mark and lease apart', 'claim'),
  instead('claim: not the lowest', 'claim', [/ORDER BY ID LIMIT/, 'ORDER BY ID DESC LIMIT']),
  instead('claim: rows that are open and leased are in the way', 'claim', [matching(`SELECT experiment_id FROM ${LEASES}`), 'SELECT 0']), // prettier-ignore
  inserting('claim: it is forgotten that the experiment was resumed', 'claim', /leases/, 'resumed', () => 0),
  instead('claim: a resumed experiment loses its start date', 'claim', [/COALESCE\(start_date, \?\)/, '?']),
  instead('claim: the end of the attempt before stays', 'claim', [/, end_date = NULL, error = NULL/, '']),
  without(
    'claim: an attempt begins with the results of the one before',
    'claim',
    matching(`run UPDATE ${MAIN} SET "first" = NULL`),
  ),
  without('claim: an attempt begins with the logs of the one before', 'claim', matching('run DELETE FROM', 'notes')),
  instead('add: what exists is added once more', 'addAndClaim', [/WHERE NOT EXISTS \(.*\)/s, 'WHERE ? IS NOT NULL']),
  instead('add: for a runner that is not active', 'addAndClaim', [/ AND state = 'active'/, '']),
  fallingApart('add: no transaction', 'addAndClaim'),
  instead('fill: what exists is added once more', 'fill', [/WHERE NOT EXISTS \(.*\)/s, 'WHERE ? IS NOT NULL']),

  // runners
  instead('register: the dead rise', 'register', [matching(`SELECT 1 FROM ${RUNNERS} WHERE id = ?`), 'SELECT 1 WHERE ? IS NULL'], [/^INSERT INTO/, 'INSERT OR REPLACE INTO']), // prettier-ignore
  instead('heartbeat: the dead are heard', 'heartbeat', [/'draining'\)/, "'draining', 'dead')"]),
  instead('heartbeat: those gone are heard', 'heartbeat', [/'draining'\)/, "'draining', 'gone')"]),
  instead('heartbeat: who drains is not heard', 'heartbeat', [/, 'draining'\)/, ')']),
  instead('heartbeat: does not renew', 'heartbeat', [/, expires_at = .*seconds'\)/, '']),
  instead('heartbeat: is not counted', 'heartbeat', [/heartbeats = heartbeats \+ 1/, 'heartbeats = heartbeats']),
  instead('declareDead: without compare-and-set', 'declareDead', [/AND heartbeats = \?/, '']),
  instead('declareDead: compares, but not with what was seen', 'declareDead', [
    /AND heartbeats = \?/,
    'AND heartbeats >= ?',
  ]),
  instead('declareDead: ignores expiry', 'declareDead', [/AND expires_at < .*'now'\)/, '']),
  instead('declareDead: not of those who drain', 'declareDead', [/, 'draining'\)/, ')']),
  instead('declareDead: of those gone', 'declareDead', [/'draining'\)/, "'draining', 'gone')"]),
  around('declareDead: everybody believes it was their call', (traces) => ({
    declareDead: async (repository, ...given) => counted(traces, (await repository.declareDead(...given)) || true),
  })),
  instead('leave: with leases', 'leave', [
    /SELECT COUNT\(\*\) FROM "model_leases" WHERE runner_id = \?/,
    'SELECT ? IS NULL',
  ]),
  instead('leave: the dead drain', 'leave', [/ AND state = 'active'/, '']),
  instead('leave: who drains is active again', 'leave', [/SET state = 'draining'/, "SET state = 'active'"]),

  // recover
  instead('recover: of everybody', 'recover', [/\(r\.id IS NULL OR r\.state IN \('dead', 'gone'\)\)/, '1 = 1']),
  instead('recover: of those expired, declared dead or not', 'recover', [/\(r\.id IS NULL OR/, "(r.expires_at < strftime('%Y-%m-%d %H:%M:%f', 'now') OR r.id IS NULL OR"]), // prettier-ignore
  instead('recover: of those who drain', 'recover', [/\('dead', 'gone'\)/, "('dead', 'gone', 'draining')"]),
  instead('recover: not of the missing', 'recover', [/r\.id IS NULL OR/, '']),
  instead('recover: not of the dead', 'recover', [/r\.state IN \('dead', 'gone'\)/, 'FALSE']),
  without('recover: the lease stays', 'recover', matching(`run DELETE FROM ${LEASES}`)),
  without('recover: without opening again', 'recover', matching(`run UPDATE ${MAIN} SET status = 'created'`)),
  without('recover: the lost attempt is not in the history', 'recover', matching(`insert ${ATTEMPTS}`)),
  fallingApart('recover: no transaction, mark and release apart', 'recover'),
  instead('recover: lost attempts are not counted', 'recover', [/outcome = 'lost'/, '1 = 0']),
  instead('recover: released attempts are counted', 'recover', [/outcome = 'lost'/, "outcome IN ('lost', 'released')"]),
  instead('recover: failed attempts are counted', 'recover', [
    /outcome = 'lost'/,
    "outcome IN ('lost', 'error', 'timeout')",
  ]),
  instead('recover: superseded attempts are counted', 'recover', [/ AND superseded = 0/, '']),
  around('recover: one attempt too many', (traces) => ({
    recover: async (repository, most) => counted(traces, repository.recover(most + 1)),
  })),
  around('recover: one attempt too few', (traces) => ({
    recover: async (repository, most) => counted(traces, repository.recover(most - 1)),
  })),
  without('recover: who is given up stays running', 'recover', matching(`run UPDATE ${MAIN} SET status = 'error'`)),
  without('recover: the dead are never buried', 'recover', matching(`run UPDATE ${RUNNERS} SET state = 'gone'`)),
  instead('recover: a status written by hand is overwritten', 'recover', [
    /SELECT ID, status FROM/,
    "SELECT ID, 'running' FROM",
  ]),

  // release
  around("release: of somebody else's lease", (traces, leases) => ({
    release: async (repository, attempts, reason) =>
      repository.release(inAnothersName(await leases(), attempts, traces), reason),
  })),
  without('release: the lease stays', 'release', matching(`run DELETE FROM ${LEASES}`)),
  without('release: without opening again', 'release', matching(`run UPDATE ${MAIN} SET status = 'created'`)),
  without(
    'release: what was resumed is not paused again',
    'release',
    matching(`run UPDATE ${MAIN} SET status = 'paused'`),
  ),
  without('release: a started attempt leaves no trace', 'release', matching(`insert ${ATTEMPTS}`)),
  inserting('release: counts as lost', 'release', /attempts/, 'outcome', () => 'lost'),
  instead('release: a status written by hand is overwritten', 'release', [
    /SELECT ID, status FROM/,
    "SELECT ID, 'running' FROM",
  ]),
  fallingApart('release: no transaction', 'release'),

  // reset
  without('reset: under a lease', 'reset', matching(`all SELECT`, `FROM ${LEASES}`)),
  without('reset: attempts so far are not superseded', 'reset', matching(`run UPDATE ${ATTEMPTS} SET superseded = 1`)),
  instead('reset: the veto of the attempts so far stays', 'reset', [
    /superseded = 1, done_id = NULL/,
    'superseded = 1',
  ]),
  instead('reset: results stay', 'reset', [/"first" = NULL, "second" = NULL, /, '']),
  instead('reset: the error stays', 'reset', [/, error = NULL/, '']),
  instead('reset: the history is deleted', 'reset', [/UPDATE "model_attempts" SET superseded = 1, done_id = NULL/, 'DELETE FROM "model_attempts"']), // prettier-ignore
  instead('reset: what was selected is not selected again under the lock', 'reset', [
    / AND \(status IN \([?, ]*\)\)/,
    '',
  ]),
  fallingApart('reset: no transaction', 'reset'),

  // no mistakes
  {
    ...instead('bury: without looking a second time whether it is dead', 'recover', [/ WHERE id = \? AND state = 'dead'/, ' WHERE id = ?']), // prettier-ignore
    equivalent: 'Death is final: between the look and the update no statement of the protocol makes a dead runner anything else but gone.', // prettier-ignore
  },
  {
    ...instead('recover: not of those gone', 'recover', [/\('dead', 'gone'\)/, "('dead')"]),
    equivalent: 'Nobody goes with leases (leave refuses it, the dead are buried only without), and who is gone does not claim. It is a second net, for rows that were changed by hand.', // prettier-ignore
  },
  {
    name: 'transactions begin as readers',
    mutation: (traces) => ({
      native: (native) =>
        new Proxy(native, {
          get: (target, name) => {
            if (name === 'prepare')
              return (sql: string) => {
                if (sql !== 'BEGIN IMMEDIATE') return target.prepare(sql);
                traces.changed += 1;
                return target.prepare('BEGIN');
              };
            const member = Reflect.get(target, name, target) as unknown;
            return typeof member === 'function' ? (member.bind(target) as unknown) : member;
          },
        }),
    }),
    equivalent: 'SQLite itself refuses the first write of a transaction that has read what another has changed since (SQLITE_BUSY_SNAPSHOT), and the whole transaction is made again: slower, not wrong.', // prettier-ignore
  },
];
