import { defineGrid } from '../../../domain/grid/define-grid.ts';
import type { GridDefinition, GridInput, GridOrder } from '../../../domain/grid/grid.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { defineStudy } from '../../../domain/study/define-study.ts';
import type { SettingsSources } from '../sources/settings-sources.ts';
import { described, isObject, type Path } from '../../text/safe-text.ts';
import type { Settings } from '../schema/schema.ts';

const keyfieldKeys = ['type', 'values', 'default', 'when'];

/** The study and the grid of a table section; undefined: `sources.problems` has what is wrong. */
export const studyOf = (
  table: Settings['table'],
  sources: SettingsSources,
  order: GridOrder,
): { readonly study: StudyDefinition; readonly grid: GridDefinition } | undefined => {
  // What is not even an object is a problem already.
  const keyfields = isObject(table.keyfields) ? keyfieldsOf(table.keyfields, sources) : {};
  const resultfields = isObject(table.resultfields)
    ? typesOf(table.resultfields, ['table', 'resultfields'], sources)
    : {};
  const logtables: Record<string, Readonly<Record<string, string>>> = {};
  for (const [name, columns] of Object.entries(isObject(table.logtables) ? table.logtables : {})) {
    const path = ['table', 'logtables', name];
    if (!isObject(columns))
      sources.problems.add(path, described(columns), 'an object: column name → SQL type, such as { "loss": "DOUBLE" }');
    else if (Object.keys(columns).length === 0) sources.problems.add(path, 'an empty object', 'at least one column');
    else logtables[name] = typesOf(columns, path, sources);
  }
  for (const [index, entry] of (Array.isArray(table.exclude) ? table.exclude : []).entries()) {
    if (!isObject(entry) || Object.keys(entry).length === 0) {
      sources.problems.add(
        ['table', 'exclude', String(index)],
        described(entry),
        'an object: keyfield → value or list of values',
      );
    }
  }
  if (sources.problems.in('table')) return undefined;
  return built({ ...table, keyfields, resultfields, logtables }, sources, order);
};

type Keyfield = { readonly type: string } & Readonly<Record<string, unknown>>;
type Types = Readonly<Record<string, string>>;

const built = (
  table: Settings['table'] & {
    readonly keyfields: Readonly<Record<string, Keyfield>>;
    readonly resultfields: Types;
    readonly logtables: Readonly<Record<string, Types>>;
  },
  sources: SettingsSources,
  order: GridOrder,
): { readonly study: StudyDefinition; readonly grid: GridDefinition } | undefined => {
  try {
    const study = defineStudy({
      table: table.name,
      keyfields: Object.fromEntries(Object.entries(table.keyfields).map(([name, { type }]) => [name, type])),
      resultfields: table.resultfields,
      resultTimestamps: table.resultTimestamps,
      logtables: table.logtables,
    });
    const grid = defineGrid(study, { keyfields: table.keyfields, exclude: table.exclude, order } as GridInput);
    return { study, grid };
  } catch (error) {
    sources.problems.adopt(error, 'table');
    return undefined;
  }
};

const keyfieldsOf = (
  given: Readonly<Record<string, unknown>>,
  sources: SettingsSources,
): Readonly<Record<string, Keyfield>> => {
  const above = ['table', 'keyfields'];
  if (Object.keys(given).length === 0)
    sources.problems.add(
      above,
      'an empty object',
      'at least one keyfield, such as "seed": { "type": "INT", "values": [1, 2, 3] }',
    );
  const keyfields: Record<string, Keyfield> = {};
  for (const [name, keyfield] of Object.entries(given)) {
    const path = [...above, name];
    if (!isObject(keyfield)) {
      sources.problems.add(
        path,
        described(keyfield),
        'an object with type, values, default, when, such as { "type": "INT", "values": [1, 2, 3] }',
      );
      continue;
    }
    for (const key of Object.keys(keyfield).filter((key) => !keyfieldKeys.includes(key)))
      sources.unknown([...path, key], keyfieldKeys);
    const type = typeOf(keyfield['type'], [...path, 'type'], sources);
    for (const key of ['values', 'when']) {
      const value = keyfield[key];
      const empty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
      if (empty)
        sources.problems.add(
          [...path, key],
          described(value),
          key === 'values' ? 'at least one value' : 'an object: other keyfield → value or list of values',
        );
    }
    keyfields[name] = { ...keyfield, type };
  }
  return keyfields;
};

const typesOf = (given: Readonly<Record<string, unknown>>, path: Path, sources: SettingsSources): Types =>
  Object.fromEntries(Object.entries(given).map(([name, type]) => [name, typeOf(type, [...path, name], sources)]));

const typeOf = (type: unknown, path: Path, sources: SettingsSources): string => {
  if (typeof type === 'string' && type.trim() !== '') return type;
  sources.problems.add(
    path,
    described(type),
    'a SQL type such as "INT", "DOUBLE", "VARCHAR(255)", "BOOLEAN", "DATETIME" or "JSON"',
  );
  return '';
};
