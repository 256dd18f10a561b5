import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import { isObject, type Path } from '../../text/safe-text.ts';
import { readJson } from './json.ts';
import { readYaml } from './yaml.ts';
import { limits, refusedKey, SourceText } from '../../text/source-text.ts';

/** A file or object that was read: plain data, and where each value of it stands. */
export interface Document {
  /** Its name in messages: the path as the user gave it. */
  readonly label: string;
  readonly root: unknown;
  line(path: Path): number | undefined;
  /** Whether Python reads a number as a float; JavaScript does not distinguish 1.0 from 1. */
  float?(path: Path): boolean;
  /** How a path of ours reads in a file of another format. */
  named?(path: Path): Path;
}

const fail = (label: string, message: string): never => {
  throw new ExperimenterError('CONFIG_INVALID', `${label}: ${message}`);
};

/** Looks at what `fs.fstat` says of a file, and returns what is wrong with its permissions. */
export type Inspect = (file: {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
}) => string | undefined;

/**
 * Reads JSON or YAML by the file's extension. Throws `CONFIG_INVALID` with file, line and column; `what` is the kind
 * of file and `advice` what to do when there is none.
 */
export const readDocument = (file: string, what: string, advice: string, inspect?: Inspect): Document => {
  const kind = extname(file).toLowerCase();
  if (!['.json', '.yml', '.yaml'].includes(kind)) {
    fail(
      file,
      `found ${kind === '' ? 'no extension' : `the extension ${kind}`}; allowed .json, .yml or .yaml for ${what}`,
    );
  }
  const source = new SourceText(file, readText(file, what, advice, inspect));
  if (source.text.trim() === '') fail(file, `found an empty file; allowed ${what}`);
  const root = kind === '.json' ? readJson(source) : readYaml(source);
  return { label: file, root, line: (path) => source.line(path), float: (path) => source.isFloat(path) };
};

/** The text of a file of UTF-8. Throws `CONFIG_INVALID` as `readDocument` does. */
export const readText = (file: string, what: string, advice: string, inspect?: Inspect): string => {
  const absolute = resolve(file);
  let descriptor: number | undefined;
  try {
    // Before opening: opening a named pipe would wait for a writer.
    if (!statSync(absolute).isFile()) return fail(file, `found a directory or device; allowed ${what}`);
    descriptor = openSync(absolute, 'r');
    const stat = fstatSync(descriptor);
    const objection = inspect?.({ path: file, mode: stat.mode, uid: stat.uid });
    if (objection !== undefined) fail(file, objection);
    if (stat.size > limits.bytes) fail(file, `found ${stat.size} bytes; allowed at most ${limits.bytes}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(descriptor));
  } catch (error) {
    if (error instanceof ExperimenterError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail(file, `found no file ${absolute}; ${advice}`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return fail(file, 'found bytes that are not UTF-8; save the file as UTF-8');
    return fail(file, `cannot be read (${code ?? 'unknown'}): ${absolute}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

/** Copies a configuration given in code: the same limits and keys as in a file, plain data only. */
export const fromObject = (source: object, label = 'configuration'): Document => {
  let nodes = 0;
  const copy = (value: unknown, path: Path): unknown => {
    const refuse = (message: string): never => fail(label, `${path.join('.') || '(root)'}: ${message}`);
    nodes += 1;
    if (nodes > limits.nodes) refuse(`more than ${limits.nodes} values`);
    if (path.length > limits.depth) refuse(`nested deeper than ${limits.depth} levels, or in a circle`);
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, String(index)]));
    if (isObject(value)) {
      const prototype: unknown = Object.getPrototypeOf(value);
      // Objects of another realm are accepted, so prototypes are not compared by identity.
      if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
        refuse('found an instance of a class; allowed plain data');
      const entries: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) {
        const refused = refusedKey(key);
        if (refused !== undefined) refuse(refused);
        if (item !== undefined) entries[key] = copy(item, [...path, key]);
      }
      return entries;
    }
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol')
      refuse(`found ${typeof value}; allowed plain data`);
    return value;
  };
  return { label, root: copy(source, []), line: () => undefined };
};

/** Parses the JSON of an environment variable or a `--set`, as strictly as a file. */
export const parseJson = (label: string, text: string): unknown => {
  if (text.length > limits.bytes) fail(label, `found ${text.length} characters; allowed at most ${limits.bytes}`);
  return readJson(new SourceText(label, text));
};

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
