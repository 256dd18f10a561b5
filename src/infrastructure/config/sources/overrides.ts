import { hasCode } from '../../../domain/errors.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { parseJson } from './document.ts';
import { type SettingsSources, level, resolveKey } from './settings-sources.ts';
import { described, dotted, isObject, type Path } from '../../text/safe-text.ts';
import { refusedKey } from '../../text/source-text.ts';
import { environmentVariable, leaves, schema } from '../schema/schema.ts';
import { readSecret } from './secret-file.ts';
import type { AnyLeaf, Section } from '../schema/node.ts';

/**
 * Takes `TS_EXPERIMENTER_…` in; a secret may be in a file that `…_FILE` names instead. A variable of a section that names
 * no key is a problem: a misspelt one is not silence.
 */
export const takeEnvironment = (sources: SettingsSources, environment: NodeJS.ProcessEnv): void => {
  const known = new Map([...leaves()].map(([path, leaf]) => [environmentVariable(path), { path, leaf }]));
  const files = new Map(
    [...known].filter(([, { leaf }]) => leaf.sensitive).map(([name, { path }]) => [`${name}_FILE`, { name, path }]),
  );
  const sections = Object.keys(schema).map((name) => `${environmentVariable([name])}_`);
  for (const [name, raw] of Object.entries(environment)) {
    if (raw === undefined || !name.startsWith('TS_EXPERIMENTER_') || isServiceVariable(name, raw)) continue;
    const key = known.get(name);
    const secret = files.get(name);
    if (key) takeText(sources, key.path, key.leaf, [], raw, level.environment, name);
    else if (secret && environment[secret.name] !== undefined)
      sources.problems.line(secret.path, `found ${secret.name} beside it; allowed one of the two`, name);
    else if (secret) takeSecretFile(sources, secret.path, raw, name);
    else if (sections.some((section) => name.startsWith(section))) {
      sources.problems.line(
        [],
        `found an environment variable that belongs to no key${didYouMean(name, [...known.keys(), ...files.keys()])}`,
        name,
      );
    }
  }
};

/**
 * Kubernetes gives every container such variables for each service of its namespace, so also for one that is called
 * `ts-experimenter-database`: they say nothing about the study.
 */
const isServiceVariable = (name: string, value: string): boolean =>
  /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));

const takeSecretFile = (sources: SettingsSources, path: Path, file: string, label: string): void => {
  try {
    sources.put(path, path, readSecret(file), level.environment, label);
  } catch (error) {
    if (!hasCode(error, 'CONFIG_INVALID')) throw error;
    sources.problems.line(path, (error as Error).message, label);
  }
};

/** Takes `--set key.path=value` in. */
export const takeSet = (sources: SettingsSources, assignments: readonly string[]): void => {
  for (const [index, assignment] of assignments.entries()) {
    const at = assignment.indexOf('=');
    const path = assignment.slice(0, at).trim().split('.');
    const refused = path
      .map((name) => refusedKey(name) ?? (name === '' ? 'a key is empty' : undefined))
      .find((reason) => reason !== undefined);
    // The text is not shown where it has no "=": it may be a secret that the shell split off.
    if (at < 0)
      sources.problems.line(
        [],
        `number ${index + 1} has no "="; allowed key.path=value, such as runner.workers=4`,
        '--set',
      );
    else if (refused !== undefined) sources.problems.line(path, refused, '--set');
    else assign(sources, path, assignment.slice(at + 1));
  }
};

const assign = (sources: SettingsSources, path: Path, raw: string): void => {
  const found = resolveKey(path);
  if (found === undefined) {
    sources.unknown(path, siblings(path), '--set');
  } else if (!isKey(found)) {
    sources.problems.line(path, `found a section; allowed one of its keys: ${Object.keys(found).join(', ')}`, '--set');
  } else if (found.leaf.sensitive) {
    sources.problems.line(
      path,
      `found on the command line, which every user of the machine can read; allowed in ${environmentVariable(found.key)}, in a file that ${environmentVariable(found.key)}_FILE names, or in the file that database.credentials names`,
      '--set',
    );
  } else if (found.inside.length > 0 && found.leaf.type.open !== true) {
    sources.problems.line(
      path,
      `${dotted(found.key)} has no keys of its own; allowed ${found.leaf.type.allowed}`,
      '--set',
    );
  } else {
    takeText(sources, found.key, found.leaf, found.inside, raw, level.set, '--set');
  }
};

const isKey = (
  found: ReturnType<typeof resolveKey>,
): found is Exclude<ReturnType<typeof resolveKey>, Section | undefined> =>
  found !== undefined && Array.isArray(found.inside);

/** The keys that stand where the path goes wrong. */
const siblings = (path: Path): readonly string[] => {
  const section = path.length > 1 ? resolveKey(path.slice(0, -1)) : undefined;
  return Object.keys(section === undefined || isKey(section) ? schema : section);
};

const takeText = (
  sources: SettingsSources,
  key: Path,
  leaf: AnyLeaf,
  inside: Path,
  raw: string,
  by: number,
  label: string,
): void => {
  try {
    const value = valueOf(leaf, inside, raw, label);
    const path = [...key, ...inside];
    if (inside.length === 0) return sources.put(path, key, value, by, label);
    const given = sources.get(key.join('.'))?.value ?? leaf.default ?? {};
    const whole: unknown = structuredClone(given);
    const blocked = place(whole, inside, value);
    if (blocked !== undefined)
      return sources.problems.line(path, `found ${blocked} above it; allowed only inside an object`, label);
    sources.put(path, key, whole, by, label);
  } catch (error) {
    if (!hasCode(error, 'CONFIG_INVALID')) throw error;
    sources.problems.line(
      [...key, ...inside],
      `found ${leaf.sensitive ? '[secret]' : 'a value'} that is not valid JSON: ${(error as Error).message}`,
      label,
    );
  }
};

/** A key for texts takes the text; any other takes JSON, or the text where it is none. */
const valueOf = (leaf: AnyLeaf, inside: Path, raw: string, label: string): unknown => {
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

/** Sets a value inside an object; what stands in the way, if something does. Keys were checked: no prototype is reached. */
const place = (root: unknown, path: Path, value: unknown): string | undefined => {
  let object = root;
  for (const [index, name] of path.entries()) {
    if (!isObject(object)) return Array.isArray(object) ? 'a list' : described(object);
    if (index === path.length - 1) object[name] = value;
    else object = object[name] = Object.hasOwn(object, name) ? object[name] : {};
  }
  return undefined;
};
