import convict from 'convict';
import type { SettingsSources } from './sources/settings-sources.ts';
import { described, type Path } from '../text/safe-text.ts';
import { leaves, schema, type Settings } from './schema/schema.ts';
import { isLeaf, type AnyLeaf, type Section } from './schema/node.ts';

type Judge = (path: Path, leaf: AnyLeaf, value: unknown) => void;

// Convict looks into objects, cuts dotted keys and turns "10x" into 10 where it knows a format. A list it leaves alone,
// and a format of our own it does not coerce: so whatever is not a scalar travels in a list of one.
const boxed = (value: unknown): unknown =>
  (typeof value === 'object' && value !== null) || typeof value === 'bigint' ? [value] : value;
const unboxed = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

convict.addFormat({
  name: 'ts-experimenter',
  validate: (value: unknown, node) => (node as unknown as { judge(value: unknown): void }).judge(unboxed(value)),
});

/** Puts defaults under what was given and has convict check every key. What is wrong goes to `sources.problems`. */
export const validate = (sources: SettingsSources): Settings => {
  const judge: Judge = (path, leaf, value) => {
    if (leaf.type.accepts(value)) return;
    const hint = leaf.type.hint?.(value);
    sources.problems.add(
      path,
      leaf.sensitive ? `[secret] of type ${typeof value}` : described(value),
      `${leaf.type.allowed}${leaf.nullable ? ', or null' : ''}${hint === undefined ? '' : ` (did you mean ${hint}?)`}`,
    );
  };
  const config = convict<unknown>(withJudge(schema, judge), { env: {}, args: [] });
  const given: Record<string, unknown> = {};
  for (const [path] of leaves()) {
    const setting = sources.get(path.join('.'));
    if (setting) put(given, path, boxed(setting.value));
  }
  config.load(given);
  config.validate({ allowed: 'strict' });
  return open(schema, config.getProperties()) as Settings;
};

const withJudge = (section: Section, judge: Judge, above: Path = []): object =>
  Object.fromEntries(
    Object.entries(section).map(([name, node]) => {
      const path = [...above, name];
      if (!isLeaf(node)) return [name, withJudge(node, judge, path)];
      return [name, { ...node, default: boxed(node.default), judge: (value: unknown) => judge(path, node, value) }];
    }),
  );

const put = (root: Record<string, unknown>, path: Path, value: unknown): void => {
  const section = path.slice(0, -1).reduce((object, name) => (object[name] ??= {}) as Record<string, unknown>, root);
  section[path.at(-1) ?? ''] = value;
};

const open = (section: Section, values: unknown): object =>
  Object.fromEntries(
    Object.entries(section).map(([name, node]) => {
      const value = (values as Record<string, unknown>)[name];
      return [name, isLeaf(node) ? unboxed(value) : open(node, value)];
    }),
  );
