import type { AttemptWrite } from '../../../src/domain/repository/runner-protocol.ts';
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
  type SqliteMutant,
  together,
  without,
} from './sqlite-mutant.ts';

const fenceByRunner = (): SqliteMutant =>
  around('record: fenced by runner instead of attempt', (traces, leases) => {
    const owners = new Map<string, string>();
    return {
      claim: async (repository, request) => {
        const claimed = await repository.claim(request);
        for (const { attemptId } of claimed ?? []) owners.set(attemptId, request.runnerId);
        return claimed;
      },
      record: async (repository, writes) =>
        repository.record(
          inAnothersName(
            await leases(),
            writes,
            traces,
            ({ attemptId }, runnerId) => owners.get(attemptId) === runnerId,
          ),
        ),
    };
  });

const withoutEnd = ({ end: _, ...write }: AttemptWrite): AttemptWrite => write;

/** Mistakes in recording an attempt. */
export const writeMutants: readonly SqliteMutant[] = [
  // the fence
  around('record: no fence, whoever comes writes while anybody holds a lease', (traces, leases) => ({
    record: async (repository, writes) => repository.record(inAnothersName(await leases(), writes, traces)),
  })),
  fenceByRunner(),
  without('record: the lease outlives the end', 'record', matching(`DELETE FROM ${LEASES}`)),
  without('record: the end is not in the history', 'record', matching(`INSERT INTO ${ATTEMPTS}`)),
  without('record: results and status are not written', 'record', matching(`UPDATE ${MAIN} ROWS`)),
  without('record: an end made again is called lost', 'record', matching('SELECT attempt_id, outcome', ATTEMPTS)),
  instead('record: another end of an ended attempt is taken for the same', 'record', [
    matching(`SELECT attempt_id, outcome FROM ${ATTEMPTS}`),
    `SELECT attempt_id, words.value FROM ${ATTEMPTS}, json_each('["done","error","timeout","paused"]') words`,
  ]),
  around('record: of a batch only the first attempt is written, and all are acknowledged', (traces) => ({
    record: async (repository, writes) =>
      repository.record(writes.filter(({ attemptId }) => attemptId === writes[0]?.attemptId || counted(traces, false))),
  })),
  around('record: one lost attempt makes the whole batch lost', (traces, leases) => ({
    record: async (repository, writes) => {
      const held = new Set((await leases()).map(({ attemptId }) => attemptId));
      const all = writes.every(({ attemptId }) => held.has(attemptId));
      const ids = [...new Set(writes.map(({ attemptId }) => attemptId))];
      return all || writes.length === 1 ? repository.record(writes) : counted(traces, { lost: ids, refused: [] });
    },
  })),
  around('record: what is refused leaves its logs behind', (traces) => ({
    record: async (repository, writes) => {
      const outcome = await repository.record(writes);
      const refused = new Set(outcome.refused.map(({ attemptId }) => attemptId));
      for (const { experimentId, attemptId, logs } of writes)
        if (logs && refused.has(attemptId))
          await repository.record([counted(traces, { experimentId, attemptId, logs })]);
      return outcome;
    },
  })),
  around('record: results in one commit, the end in the next', (traces) => ({
    record: async (repository, writes) => {
      const ending = writes.filter(({ end }) => end);
      if (ending.length === 0) return repository.record(writes);
      await repository.record(writes.map(withoutEnd));
      return counted(traces, repository.record(ending.map(({ logs: _, ...write }) => write)));
    },
  })),
  fallingApart('record: no transaction', 'record'),
  instead('record: a commit of logs is not remembered, so that one made again doubles them', 'record', [
    /, last_log = COALESCE\(\?, last_log\)/,
    '',
  ]),
  around('record: a vanished row is not noticed, its result is acknowledged', (traces, leases) => ({
    record: async (repository, writes) => {
      const held = new Set((await leases()).map(({ attemptId }) => attemptId));
      const outcome = await repository.record(writes);
      const lost = outcome.lost.filter((attemptId) => !held.has(attemptId));
      return lost.length === outcome.lost.length ? outcome : counted(traces, { ...outcome, lost });
    },
  })),
  instead('retry: the lease keeps the old attempt id', 'record', [
    /SET attempt_id = \?/,
    'SET attempt_id = attempt_id',
  ]),
  instead('retry: the new attempt has the number of the old one', 'record', [/, number = number \+ 1/, '']),
  instead('retry: the new attempt shows the progress of the old one', 'record', [/, progress = NULL/, '']),
  instead('retry: it is forgotten that the experiment was resumed', 'record', [/, last_log = NULL/, ', last_log = NULL, resumed = 0']), // prettier-ignore
  without('retry: the results of the failed try stay', 'record', matching(`UPDATE ${MAIN} SET "first" = NULL`)),
  without('retry: the logs of the failed try stay', 'record', matching('DELETE FROM', 'notes')),

  // the veto
  inserting('veto: not in place', 'record', ATTEMPTS, 'done_id', null),
  together(
    'veto: not in place, and a done that stands is claimed over',
    inserting('', 'record', ATTEMPTS, 'done_id', null),
    instead('', 'claim', [/MAX\(done_id\)/, 'NULL']),
  ),
  instead('claim: a done that stands is not superseded', 'claim', [/MAX\(done_id\)/, 'NULL']),
];
