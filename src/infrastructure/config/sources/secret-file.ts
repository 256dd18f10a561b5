import { type Inspect, readText } from './document.ts';

/**
 * What is wrong with the owner and the permissions of a file that holds a secret. It must belong to this user or to root,
 * be written by its owner alone, and be closed to others. Its group may read it only where root owns it: that is how
 * orchestrators mount secrets for a group (Kubernetes with `fsGroup`), and root can grant nothing to itself.
 */
export const secretObjection: Inspect = ({ path, mode, uid }) => {
  if (process.platform === 'win32') return undefined;
  const self = process.getuid?.();
  if (uid !== 0 && self !== 0 && uid !== self) return "found a file of another user; allowed your own or root's";
  if ((mode & (uid === 0 ? 0o037 : 0o077)) === 0) return undefined;
  const group = uid === 0 ? ', or 440 (defaultMode: 0440 where Kubernetes mounts it)' : '';
  return `found permissions ${(mode & 0o777).toString(8)}: other users can get at it; allowed 600${group}: chmod 600 '${path.replaceAll("'", String.raw`'\''`)}'`;
};

/** The secret that a file holds and nothing else; a line end at its end is not part of it. Throws `CONFIG_INVALID`. */
export const readSecret = (file: string): string =>
  readText(file, 'a file that holds the secret', 'write the secret there', secretObjection).replace(/\r?\n$/, '');
