import crypto from 'node:crypto';

/** A new UUID, time-ordered (version 7) where this Node can make one: rows that are born together lie together in an index. */
export const newId = (): string => (crypto.randomUUIDv7 ?? crypto.randomUUID)();
