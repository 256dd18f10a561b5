import { createHash } from 'node:crypto';

/**
 * The driver's interface of an authentication method. The driver calls it once for each connection, and calls the
 * result for each packet of the server.
 */
type AuthPlugin = () => (data: Buffer) => Buffer | null;

/** The driver fails with this code when a server asks for more than a hash. No part of the password was sent. */
export const PASSWORD_KEPT = 'PASSWORD_KEPT';

const keep = (): never => {
  throw Object.assign(new Error('the server asks for the password itself'), { code: PASSWORD_KEPT });
};

/** The server has cached the hash, and the hash that was sent is right. */
const HASH_SUFFICED = 3;

/**
 * The authentication methods by which a server could get the password itself, restricted to packets that prove it by a
 * hash. A server that TLS does not authenticate may be a man in the middle, which would ask for the password and read
 * the answer. Encryption alone does not prevent this, because the key may belong to the man in the middle.
 */
export const hashOnly = (password: string): Readonly<Record<string, AuthPlugin>> => ({
  mysql_clear_password: () => keep,
  sha256_password: () => keep,
  caching_sha2_password: () => {
    let proved = false;
    return (data) => {
      if (proved) return data.length === 1 && data[0] === HASH_SUFFICED ? null : keep();
      proved = true;
      return proof(password, data.subarray(0, 20));
    };
  },
});

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** SHA256(password) XOR SHA256(SHA256(SHA256(password)), scramble). */
const proof = (password: string, scramble: Buffer): Buffer => {
  if (password === '') return Buffer.alloc(0);
  const hash = sha256(Buffer.from(password));
  const mask = sha256(sha256(hash), scramble);
  return Buffer.from(hash.map((byte, at) => byte ^ (mask[at] ?? 0)));
};
