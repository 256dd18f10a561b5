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
  without('recover: the lease stays', 'recover', matching(`DELETE FROM ${LEASES}`)),
  without('recover: without opening again', 'recover', matching(`UPDATE ${MAIN} SET status = 'created'`)),
  without('recover: the lost attempt is not in the history', 'recover', matching(`INSERT INTO ${ATTEMPTS}`)),
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
  without('recover: who is given up stays running', 'recover', matching(`UPDATE ${MAIN} SET status = 'error'`)),
  instead('recover: what was resumed is opened like any other', 'recover', [/, resumed FROM/, ', 0 FROM']),
  without('recover: what was resumed is not paused again', 'recover', matching(`UPDATE ${MAIN} ROWS`)),
  without('recover: what a resuming attempt logged stays', 'recover', matching('DELETE FROM', 'notes')),
  without('recover: the dead are never buried', 'recover', matching(`UPDATE ${RUNNERS} SET state = 'gone'`)),
  instead('recover: a status written by hand is overwritten', 'recover', [
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
