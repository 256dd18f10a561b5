import { ATTEMPTS, fallingApart, instead, LEASES, matching, type SqliteMutant, without } from './sqlite-mutant.ts';

/** Mistakes in opening experiments again. */
export const resetMutants: readonly SqliteMutant[] = [
  without('reset: under a lease', 'reset', matching('SELECT', LEASES)),
  without('reset: attempts so far are not superseded', 'reset', matching(`UPDATE ${ATTEMPTS} SET superseded = 1`)),
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
];
