import { instead, type SqliteMutant } from './sqlite-mutant.ts';

/** Changes that nobody can tell from the product. */
export const equivalentMutants: readonly (SqliteMutant & {
  /** Why nobody can. */
  readonly equivalent: string;
})[] = [
  {
    ...instead('reap: without looking a second time whether it is dead', 'reap', [/ WHERE id = \? AND state = 'dead'/, ' WHERE id = ?']), // prettier-ignore
    equivalent: 'Death is final: between the look and the update no statement of the protocol makes a dead runner anything else but gone.', // prettier-ignore
  },
  {
    ...instead('reap: not of those gone', 'reap', [/\('dead', 'gone'\)/, "('dead')"]),
    equivalent: 'No runner is gone while it has leases (deregister refuses it), and a runner that is gone does not claim. It is a second check, for rows that were changed by hand.', // prettier-ignore
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
