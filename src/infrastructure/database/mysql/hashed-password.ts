import { createHash } from 'node:crypto';

/** How the driver takes a method of authentication: made for each connection, then called for each packet of the server. */
type AuthPlugin = () => (data: Buffer) => Buffer | null;

/** What the driver fails with when a server asks for more than a hash; nothing of the password was sent. */
export const PASSWORD_KEPT = 'PASSWORD_KEPT';

const keep = (): never => {
  throw Object.assign(new Error('the server asks for the password itself'), { code: PASSWORD_KEPT });
};

/** The server has the hash at hand, and it is right. */
const HASH_SUFFICED = 3;

/**
 * The methods of authentication by which a server could get the password itself, cut down to those packets that prove it
 * by a hash. A server that is not authenticated by TLS may be one in between, which would ask and read the answer: also
 * an encrypted one, for the key is its own.
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
