import {
  around,
  ATTEMPTS,
  counted,
  fallingApart,
  inAnothersName,
  inserting,
  instead,
  LEASES,
  MAIN,
  matching,
  RUNNERS,
  type SqliteMutant,
  without,
} from './sqlite-mutant.ts';

/** Mistakes in the life and death of runners, and in what becomes of their leases. */
export const runnerMutants: readonly SqliteMutant[] = [
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
  instead('deregister: with leases', 'deregister', [
    /SELECT COUNT\(\*\) FROM "model_leases" WHERE runner_id = \?/,
    'SELECT ? IS NULL',
  ]),
  instead('drain: the dead drain', 'drain', [/ AND state = 'active'/, '']),
  instead('drain: a draining runner is active again', 'drain', [/SET state = 'draining'/, "SET state = 'active'"]),

  // reap
  instead('reap: of everybody', 'reap', [/\(r\.id IS NULL OR r\.state IN \('dead', 'gone'\)\)/, '1 = 1']),
  instead('reap: of those expired, declared dead or not', 'reap', [/\(r\.id IS NULL OR/, "(r.expires_at < strftime('%Y-%m-%d %H:%M:%f', 'now') OR r.id IS NULL OR"]), // prettier-ignore
  instead('reap: of those who drain', 'reap', [/\('dead', 'gone'\)/, "('dead', 'gone', 'draining')"]),
  instead('reap: not of the missing', 'reap', [/r\.id IS NULL OR/, '']),
  instead('reap: not of the dead', 'reap', [/r\.state IN \('dead', 'gone'\)/, 'FALSE']),
  without('reap: the lease stays', 'reap', matching(`DELETE FROM ${LEASES}`)),
  without('reap: without opening again', 'reap', matching(`UPDATE ${MAIN} SET status = 'created'`)),
  without('reap: the lost attempt is not in the history', 'reap', matching(`INSERT INTO ${ATTEMPTS}`)),
  fallingApart('reap: no transaction, mark and release apart', 'reap'),
  instead('reap: lost attempts are not counted', 'reap', [/outcome = 'lost'/, '1 = 0']),
  instead('reap: released attempts are counted', 'reap', [/outcome = 'lost'/, "outcome IN ('lost', 'released')"]),
  instead('reap: failed attempts are counted', 'reap', [/outcome = 'lost'/, "outcome IN ('lost', 'error', 'timeout')"]),
  instead('reap: superseded attempts are counted', 'reap', [/ AND superseded = 0/, '']),
  around('reap: one attempt too many', (traces) => ({
    reap: async (repository, most) => counted(traces, repository.reap(most + 1)),
  })),
  around('reap: one attempt too few', (traces) => ({
    reap: async (repository, most) => counted(traces, repository.reap(most - 1)),
  })),
  without('reap: who is given up stays running', 'reap', matching(`UPDATE ${MAIN} SET status = 'error'`)),
  instead('reap: what was resumed is opened like any other', 'reap', [/, resumed FROM/, ', 0 FROM']),
  without('reap: what was resumed is not paused again', 'reap', matching(`UPDATE ${MAIN} ROWS`)),
  without('reap: what a resuming attempt logged stays', 'reap', matching('DELETE FROM', 'notes')),
  without('reap: the dead are never buried', 'reap', matching(`UPDATE ${RUNNERS} SET state = 'gone'`)),
  instead('reap: a status written by hand is overwritten', 'reap', [
    /(?<=^SELECT (e\.)?ID, )(e\.)?status/,
    "'running'",
  ]),

  // release
  around("release: of somebody else's lease", (traces, leases) => ({
    release: async (repository, attempts, reason) =>
      repository.release(inAnothersName(await leases(), attempts, traces), reason),
  })),
  without('release: the lease stays', 'release', matching(`DELETE FROM ${LEASES}`)),
  without('release: without opening again', 'release', matching(`UPDATE ${MAIN} SET status = 'created'`)),
  without('release: what was resumed is not paused again', 'release', matching(`UPDATE ${MAIN} ROWS`)),
  without('release: what a resuming attempt logged stays', 'release', matching('DELETE FROM', 'notes')),
  without('release: a started attempt leaves no trace', 'release', matching(`INSERT INTO ${ATTEMPTS}`)),
  inserting('release: counts as lost', 'release', ATTEMPTS, 'outcome', 'lost'),
  instead('release: a status written by hand is overwritten', 'release', [
    /(?<=^SELECT (e\.)?ID, )(e\.)?status/,
    "'running'",
  ]),
  fallingApart('release: no transaction', 'release'),
];
