import { hasCode } from '../../../domain/errors.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { readText } from './setting-values.ts';
import { level, type SettingsSources } from './settings-sources.ts';
import { described, dotted, isObject, type Path } from '../../text/safe-text.ts';
import { refusedKey } from '../../text/source-text.ts';
import { environmentVariable, keyAt, type KeyAt, leaves, schema, sectionAt } from '../schema/schema.ts';
import { readSecret } from './document.ts';

/** The variables of the environment that may be keys of ours. */
export const ownVariables = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => name.startsWith('TS_EXPERIMENTER_') && value !== undefined && !isServiceVariable(name, value),
    ),
  );

/**
 * Reads `TS_EXPERIMENTER_…`; a secret may be in a file that `…_FILE` names instead. A variable of a section that names
 * no key is a problem, so that a misspelt one is noticed.
 */
export const takeEnvironment = (sources: SettingsSources, environment: NodeJS.ProcessEnv): void => {
  const known = new Map([...leaves()].map(([path, leaf]) => [environmentVariable(path), { path, leaf }]));
  const files = new Map(
    [...known].filter(([, { leaf }]) => leaf.sensitive).map(([name, { path }]) => [`${name}_FILE`, { name, path }]),
  );
  const sections = Object.keys(schema).map((name) => `${environmentVariable([name])}_`);
  sources.takeVariables(new Map([...known].filter(([name]) => environment[name] !== undefined)));
  for (const [name, raw = ''] of Object.entries(environment)) {
    const secret = files.get(name);
    if (known.has(name)) continue;
    if (secret && environment[secret.name] !== undefined)
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
 * `ts-experimenter-database`: they are no keys of the study.
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

/** Reads `--set key.path=value`. */
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
  const found = keyAt(path);
  const section = sectionAt(path);
  if (section) {
    sources.problems.line(
      path,
      `found a section; allowed one of its keys: ${Object.keys(section).join(', ')}`,
      '--set',
    );
  } else if (!found) {
    sources.unknown(path, Object.keys(sectionAt(path.slice(0, -1)) ?? schema), '--set');
  } else if (found.leaf.sensitive) {
    const variable = environmentVariable(found.key);
    sources.problems.line(
      path,
      `found on the command line, which every user of the machine can read; allowed in ${variable}, in a file that ${variable}_FILE names, or in the file that database.credentials names`,
      '--set',
    );
  } else if (found.inside.length > 0 && found.leaf.type.open !== true) {
    sources.problems.line(
      path,
      `${dotted(found.key)} has no keys of its own; allowed ${found.leaf.type.allowed}`,
      '--set',
    );
  } else {
    takeText(sources, found, raw);
  }
};

const takeText = (sources: SettingsSources, { key, leaf, inside }: KeyAt, raw: string): void => {
  const path = [...key, ...inside];
  try {
    const value = readText(leaf, inside, raw, '--set');
    if (inside.length === 0) return sources.put(path, key, value, level.set, '--set');
    const whole = sources.value(key.join('.')) ?? {};
    const blocked = place(whole, inside, value);
    if (blocked === undefined) sources.put(path, key, whole, level.set, '--set');
    else sources.problems.line(path, `found ${blocked} above it; allowed only inside an object`, '--set');
  } catch (error) {
    if (!hasCode(error, 'CONFIG_INVALID')) throw error;
    sources.unreadable(path, leaf, (error as Error).message, '--set');
  }
};

/** Sets a value inside an object. Returns what prevents it, if anything. The keys were checked: no prototype is reached. */
const place = (root: unknown, path: Path, value: unknown): string | undefined => {
  let object = root;
  for (const [index, name] of path.entries()) {
    if (!isObject(object)) return Array.isArray(object) ? 'a list' : described(object);
    if (index === path.length - 1) object[name] = value;
    else object = object[name] = Object.hasOwn(object, name) ? object[name] : {};
  }
  return undefined;
};
