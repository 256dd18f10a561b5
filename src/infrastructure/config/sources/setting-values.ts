import convict from 'convict';
import { hasCode } from '../../../domain/errors.ts';
import { isObject, type Path } from '../../text/safe-text.ts';
import { isLeaf, type AnyLeaf, type Section } from '../schema/node.ts';
import { environmentVariable, leaves, schema, type Settings } from '../schema/schema.ts';
import { parseJson } from './document.ts';

/** Says what is wrong with the value of a key, if anything is. */
export type Judge = (path: Path, leaf: AnyLeaf, value: unknown) => void;

/** What convict holds for a variable of the environment that cannot be read. */
export class Unreadable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

// Convict looks into objects, cuts dotted keys, and takes every text for one of the environment. A list it leaves alone.
export const boxed = (value: unknown): unknown => (value === null ? null : [value]);
export const unboxed = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

// The format of a key is called like the key: each reads its own variable of the environment.
convict.addFormats(
  Object.fromEntries(
    [...leaves()].map(([path, leaf]) => [
      path.join('.'),
      {
        validate: (value: unknown, node: object) => (node as { judge(value: unknown): void }).judge(unboxed(value)),
        coerce: (raw: string) => boxed(readVariable(leaf, raw, environmentVariable(path))),
      },
    ]),
  ),
);

const readVariable = (leaf: AnyLeaf, raw: string, name: string): unknown => {
  try {
    return readText(leaf, [], raw, name);
  } catch (error) {
    if (!hasCode(error, 'CONFIG_INVALID')) throw error;
    return new Unreadable((error as Error).message);
  }
};

/**
 * The value that a text of the environment or of `--set` stands for. A key for texts takes the text; any other takes JSON,
 * or the text where it is none. `inside`: where in the value of the key it belongs. Throws `CONFIG_INVALID`.
 */
export const readText = (leaf: AnyLeaf, inside: Path, raw: string, label: string): unknown => {
  if (leaf.sensitive) return raw;
  if (inside.length === 0 && leaf.type.text === true) {
    if (raw === 'null' && leaf.nullable) return null;
    return /^".*"$/s.test(raw) ? parseJson(label, raw) : raw;
  }
  if (/^\s*["[{]/.test(raw)) return parseJson(label, raw);
  try {
    return parseJson(label, raw);
  } catch {
    return raw;
  }
};

/** The value of every key, boxed: the default, or the variable of the environment; later what is set. */
export type SettingValues = convict.Config<Record<string, unknown>>;

export const settingValues = (environment: NodeJS.ProcessEnv, judge: Judge): SettingValues =>
  convict<Record<string, unknown>>(nodesOf(schema, judge), { env: environment, args: [] });

/** Has convict check every key. */
export const validated = (values: SettingValues): Settings =>
  valuesOf(schema, values.validate({ allowed: 'strict' }).getProperties()) as Settings;

/** Our schema as convict takes it. */
const nodesOf = (section: Section, judge: Judge, above: Path = []): convict.Schema<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(section).map(([name, node]) => {
      const path = [...above, name];
      if (!isLeaf(node)) return [name, nodesOf(node, judge, path)];
      const { doc, nullable, sensitive } = node;
      return [
        name,
        {
          doc,
          nullable,
          sensitive,
          default: boxed(node.default),
          env: environmentVariable(path),
          format: path.join('.'),
          judge: (value: unknown) => value instanceof Unreadable || judge(path, node, value),
        },
      ];
    }),
  );

const valuesOf = (section: Section, values: unknown): object =>
  Object.fromEntries(
    Object.entries(section).map(([name, node]) => {
      const value = isObject(values) ? values[name] : undefined;
      if (!isLeaf(node)) return [name, valuesOf(node, value)];
      const found = unboxed(value);
      return [name, found instanceof Unreadable ? node.default : found];
    }),
  );
