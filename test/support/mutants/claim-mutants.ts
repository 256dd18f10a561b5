import {
  fallingApart,
  inserting,
  instead,
  LEASES,
  MAIN,
  matching,
  type SqliteMutant,
  without,
} from './sqlite-mutant.ts';

/** Mistakes in giving experiments to a runner, and in adding them. */
export const claimMutants: readonly SqliteMutant[] = [
  instead('claim: without looking whether the runner is active', 'claim', [/ AND state = 'active'/, '']),
  instead('claim: a draining runner may', 'claim', [/ AND state = 'active'/, " AND state IN ('active', 'draining')"]),
  instead('claim: a dead runner may', 'claim', [/ AND state = 'active'/, " AND state IN ('active', 'dead')"]),
  instead('claim: without looking at the status', 'claim', [
    / INDEXED BY "model\.open" WHERE status = 'created' AND/,
    ' WHERE',
  ]),
  instead('claim: of what is paused, without looking at the status', 'claim', [/ AND status = \?/, '']),
  without('claim: the status is not set', 'claim', matching(`UPDATE ${MAIN} SET status = 'running'`)),
  without('claim: no lease is made', 'claim', matching(`INSERT INTO ${LEASES}`)),
  instead('claim: the number of the last attempt is used again', 'claim', [/MAX\(number\)/, 'MAX(number) - 1']),
  instead('claim: numbers begin anew with each reset', 'claim', [/MAX\(number\)/, 'MAX(CASE WHEN superseded = 0 THEN number END)']), // prettier-ignore
  instead('claim: a number is left out', 'claim', [/MAX\(number\)/, 'MAX(number) + 1']),
  instead('claim: losses are not looked at', 'claim', [/SUM\(CASE .* END\)/, '0']),
  instead('claim: losses before a reset are looked at too', 'claim', [/ AND superseded = 0 THEN/, ' THEN']),
  fallingApart('claim: no transaction, mark and lease apart', 'claim'),
  instead('claim: not the lowest', 'claim', [/ORDER BY ID LIMIT/, 'ORDER BY ID DESC LIMIT']),
  instead('claim: rows that are open and leased are in the way', 'claim', [matching(`SELECT experiment_id FROM ${LEASES}`), 'SELECT 0']), // prettier-ignore
  inserting('claim: it is forgotten that the experiment was resumed', 'claim', LEASES, 'resumed', 0),
  without('claim: what a paused experiment had is not kept', 'claim', matching(`UPDATE ${LEASES} SET resumed_from`)),
  instead('claim: a resumed experiment loses its start date', 'claim', [/COALESCE\(start_date, \?\)/, '?']),
  instead('claim: the end of the attempt before stays', 'claim', [/, end_date = NULL, error = NULL/, '']),
  without(
    'claim: an attempt begins with the results of the one before',
    'claim',
    matching(`UPDATE ${MAIN} SET "first" = NULL`),
  ),
  without('claim: an attempt begins with the logs of the one before', 'claim', matching('DELETE FROM', 'notes')),
  instead('add: what exists is added once more', 'addAndClaim', [/WHERE NOT EXISTS \(.*\)/s, 'WHERE TRUE']),
  instead('add: for a runner that is not active', 'addAndClaim', [/ AND state = 'active'/, '']),
  fallingApart('add: no transaction', 'addAndClaim'),
  instead('fill: what exists is added once more', 'fill', [/WHERE NOT EXISTS \(.*\)/s, 'WHERE TRUE']),
];
