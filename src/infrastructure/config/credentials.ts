import { ExperimenterError } from '../../domain/errors.ts';
import { readDocument } from './document.ts';
import { isText } from './formats.ts';
import { dotted, isObject } from './printable.ts';

/** Whom to log in as. */
export interface Credentials {
  readonly user: string | null;
  readonly password: string | null;
  /** Of the key that opens the SSH tunnel. */
  readonly sshPassphrase: string | null;
}

const keys = ['user', 'password', 'sshPassphrase'] as const;

/** Reads `user`, `password` and `sshPassphrase` from a file that only its owner can read. Throws `CONFIG_INVALID`; no text of it has a value. */
export const readCredentials = (file: string): Credentials => {
  const document = readDocument(
    file,
    'a credentials file',
    'write user and password there, or remove database.credentials',
    ({ mode, uid }) => {
      if (process.platform === 'win32') return undefined;
      const others = mode & 0o077;
      if (others !== 0)
        return `found permissions ${(mode & 0o777).toString(8)}: other users can get at it; allowed 600: chmod 600 '${file.replaceAll("'", String.raw`'\''`)}'`;
      const own = uid === 0 || process.getuid?.() === 0 || uid === process.getuid?.();
      return own ? undefined : 'found a file of another user; allowed your own';
    },
  );
  const { root } = document;
  const fail = (line: string): never => {
    throw new ExperimenterError('CONFIG_INVALID', line);
  };
  if (!isObject(root)) return fail(`${file}: found no keys; allowed user and password`);
  const at = (key: string): string => `${file}:${document.line([key]) ?? 1}: ${dotted([key])}`;
  const problems = Object.keys(root)
    .filter((key) => !keys.some((known) => known === key))
    .map((key) => `${at(key)}: found an unknown key; allowed ${keys.join(', ')}`);
  const read = (key: (typeof keys)[number]): string | null => {
    const value = root[key];
    if (value === undefined || value === null) return null;
    if (isText(value) || (key !== 'user' && value === '')) return value;
    problems.push(`${at(key)}: found [secret] of type ${typeof value}; allowed a text (digits alone need quotes)`);
    return null;
  };
  const credentials = { user: read('user'), password: read('password'), sshPassphrase: read('sshPassphrase') };
  if (problems.length > 0) fail(problems.join('\n'));
  return credentials;
};
