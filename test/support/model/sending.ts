import { TransactionContext } from '@mikro-orm/core';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { Database } from '../../../src/infrastructure/database/connection/sql.ts';
import { dbOf } from '../../../src/infrastructure/database/connection/statements.ts';

type Next = (query: CompiledQuery) => Promise<QueryResult<unknown>>;
/** Sends a statement on, or does something else. */
export type Send = (query: CompiledQuery, next: Next) => Promise<QueryResult<unknown>>;

/** Work in a transaction or a read, with this between its repositories and the database. */
export const sending = async <Result>({ orm }: Database, send: Send, work: () => Promise<Result>): Promise<Result> => {
  const db = dbOf(orm.em as unknown as Parameters<typeof dbOf>[0]);
  const next: Next = async (query) => db.executeQuery(query);
  const between = new Proxy(db, {
    get: (target, name) => {
      if (name === 'executeQuery') return async (query: CompiledQuery) => send(query, next);
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const em = orm.em.fork();
  em.setTransactionContext(between);
  return TransactionContext.create(em, work);
};
