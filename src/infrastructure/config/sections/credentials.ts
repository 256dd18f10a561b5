import { ExperimenterError } from '../../../domain/errors.ts';
import { readDocument, secretObjection } from '../sources/document.ts';
import { isText } from '../schema/formats.ts';
import { dotted, isObject } from '../../text/safe-text.ts';

/** The user and the secrets of the connection. */
export interface FileCredentials {
  readonly user: string | null;
  readonly password: string | null;
  /** Of the key that opens the SSH tunnel. */
  readonly sshPassphrase: string | null;
}

const keys = ['user', 'password', 'sshPassphrase'] as const;

/**
 * Reads `user`, `password` and `sshPassphrase` from a file that others can neither read nor write. Throws
 * `CONFIG_INVALID`, without any value.
 */
export const readCredentials = (file: string): FileCredentials => {
  const document = readDocument(
    file,
    'a credentials file',
    'write user and password there, or remove database.credentials',
    secretObjection,
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
