import type { AttemptRef, Lease } from '../../../src/domain/experiment/attempt.ts';
import type { ExperimentRepository } from '../../../src/domain/repository/experiment-repository.ts';
import type { SqliteMutation } from '../model/systems.ts';
import { mutantDatabase, reworded, type Rewrite, type Statement, type Traces } from './mutant-database.ts';

/** One seeded mistake in the protocol. */
export interface Mutant<Mutation> {
  readonly name: string;
  readonly mutation: (traces: Traces) => Mutation;
}

export type SqliteMutant = Mutant<SqliteMutation>;

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

/** A statement in words; of those that name no columns, what they do to which table. */
const wordsOf = ({ kind, text }: Statement): string =>
  kind === 'insert' ? `INSERT INTO ${text} ROWS` : kind === 'update' ? `UPDATE ${text} ROWS` : text;

/** These statements of a method are never made. */
export const without = (name: string, method: string, pattern: RegExp): SqliteMutant =>
  byRewriting(name, (traces) => (statement) => {
    if (statement.method !== method || !pattern.test(wordsOf(statement))) return statement;
    traces.changed += 1;
    return undefined;
  });

/** Pieces of a method's statements become others; each must be there. */
export const instead = (
  name: string,
  method: string,
  ...changes: readonly (readonly [pattern: RegExp, words: string])[]
): SqliteMutant =>
  byRewriting(name, (traces) => {
    const missing = new Set(changes);
    return (statement) => {
      if (statement.method !== method) return statement;
      return changes.reduce((before, change) => {
        const after = reworded(before, ...change);
        if (after) missing.delete(change);
        if (after && missing.size === 0) traces.changed += 1;
        return after ?? before;
      }, statement);
    };
  });

/** A column of rows that a method inserts gets this value, be they bound or selected. */
export const inserting = (
  name: string,
  method: string,
  table: string,
  column: string,
  value: null | 0 | string,
): SqliteMutant => {
  const selecting = new RegExp(`^INSERT INTO ${table} \\(([^)]*)\\)\\s+SELECT (.*?) FROM`, 's');
  const change = (statement: Statement): Statement | undefined => {
    if (statement.kind === 'insert') {
      const at = statement.columns.indexOf(column);
      if (statement.text !== table || at < 0) return undefined;
      return { ...statement, rows: statement.rows.map((row) => row.with(at, value)) };
    }
    const [, columns = '', selected = ''] = selecting.exec(statement.text) ?? [];
    const at = columns.split(', ').indexOf(column);
    if (at < 0) return undefined;
    const before = selected.split(', ').slice(0, at).join(', ');
    const literal = typeof value === 'string' ? `'${value}'` : String(value);
    return reworded(statement, new RegExp(`(?<=SELECT ${escaped(before)}, )[^,\\s]+`), literal);
  };
  return byRewriting(name, (traces) => (statement) => {
    const changed = statement.method === method ? change(statement) : undefined;
    if (!changed) return statement;
    traces.changed += 1;
    return changed;
  });
};

/** The statements of the method are no transaction. */
export const fallingApart = (name: string, method: string): SqliteMutant =>
  byRewriting(
    name,
    (traces) => (statement) => {
      if (statement.method === method) traces.changed += 1;
      return statement;
    },
    [method],
  );

/** Two mistakes; what the one alone would show is not looked at. */
export const together = (name: string, ...mutants: readonly SqliteMutant[]): SqliteMutant => ({
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
    ...given: Parameters<Required<ExperimentRepository>[Method]>
  ) => ReturnType<Required<ExperimentRepository>[Method]>;
};

export const around = (
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
export const inAnothersName = <Said extends AttemptRef>(
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

export const counted = <Result>(traces: Traces, result: Result): Result => {
  traces.changed += 1;
  return result;
};

/** The tables, as statements call them. */
export const MAIN = '"model"';
export const LEASES = '"model_leases"';
export const ATTEMPTS = '"model_attempts"';
export const RUNNERS = '"model_runners"';
const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Statements in which these come one after the other. */
export const matching = (...parts: string[]) => new RegExp(parts.map(escaped).join('.*'), 's');
