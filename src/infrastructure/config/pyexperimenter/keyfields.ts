import { hasCode } from '../../../domain/errors.ts';
import { columnTypeNames, parseColumnType } from '../../../domain/values/column-type.ts';
import type { ColumnType } from '../../../domain/values/column.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import type { SettingsSources } from '../sources/settings-sources.ts';
import { described, isObject, type Path, quoted } from '../../text/safe-text.ts';
import { arange, type PythonValue, textsOfList } from '../python-yaml/python-values.ts';

const kindOf = (type: unknown): ColumnType['kind'] | undefined => {
  try {
    return typeof type === 'string' ? parseColumnType(type).kind : undefined;
  } catch (error) {
    if (hasCode(error, 'STUDY_INVALID')) return undefined;
    throw error;
  }
};

/** NUMERIC and DECIMAL without digits are NUMERIC(10,0) to MySQL, which rounds 1.5 to 2 and 0.97 to 1 without a warning. */
export const isBareDecimal = (type: unknown): type is string =>
  typeof type === 'string' && /^\s*(numeric|decimal)\s*$/i.test(type);

const isBareFloat = (type: unknown): boolean => typeof type === 'string' && /^\s*float\s*$/i.test(type);

/**
 * The type that a column gets, with a warning where PyExperimenter's would change values; `values` are those of a keyfield.
 */
export const importedType = (
  type: unknown,
  path: Path,
  provider: unknown,
  sources: SettingsSources,
  values: readonly PythonValue[] = [],
): unknown => {
  if (isBareDecimal(type)) {
    sources.warn(
      path,
      `${type} without digits is ${type}(10,0) on MySQL, which stores 0.97 as 1; DOUBLE is used instead; write DOUBLE, or ${type}(10,0) for integers`,
    );
    return 'DOUBLE';
  }
  if (isBareFloat(type)) {
    if (provider === 'mysql')
      sources.warn(path, 'FLOAT has single precision on MySQL, which stores 0.123456789 as 0.123457; write DOUBLE');
    return 'SINGLE';
  }
  if (provider !== 'sqlite' || typeof type !== 'string' || type.trim() === '' || kindOf(type) !== undefined)
    return type;
  const taken = typeOfSqlite(type, values);
  const guess = didYouMean(/^\w*/.exec(type.trim())?.[0] ?? '', columnTypeNames);
  sources.warn(path, `found ${quoted(type)}, which SQLite takes as it takes any type; it is taken as ${taken}${guess}`);
  return taken;
};

/** A type for what SQLite would keep in such a column: by the values, or by the words that SQLite looks for. */
const typeOfSqlite = (type: string, values: readonly PythonValue[]): string => {
  const found = values.map(({ value }) => value).filter((value) => value !== null);
  const all = (...kinds: readonly string[]) => found.length > 0 && found.every((value) => kinds.includes(typeof value));
  const text = /char|clob|text/i.test(type);
  if (text || (found.length > 0 && !all('number', 'bigint', 'boolean'))) return 'LONGTEXT';
  if (all('boolean')) return 'BOOLEAN';
  if (found.length > 0) return values.some(({ value, float }) => float || !isWhole(value)) ? 'DOUBLE' : 'BIGINT';
  if (/int|^\s*long\s*$/i.test(type)) return 'BIGINT';
  return /real|floa|doub/i.test(type) ? 'DOUBLE' : 'LONGTEXT';
};

const isWhole = (value: unknown): boolean => typeof value !== 'number' || Number.isInteger(value);

/**
 * Keyfields as our format has them: ranges written out as numpy counts and rounds them, values as PyExperimenter's
 * database holds them, so that each side finds the experiments that the other has filled.
 */
export const importedKeyfields = (
  keyfields: unknown,
  path: Path,
  provider: unknown,
  sources: SettingsSources,
): unknown => {
  if (!isObject(keyfields)) return keyfields;
  const anyValues = Object.values(keyfields).some((field) => isObject(field) && 'values' in field);
  if (!anyValues && Object.keys(keyfields).length > 0) {
    sources.warn(
      path,
      'no keyfield has values, so fill adds nothing: fill from code (fillFromCombinations, fillWithRows)',
    );
  }
  return Object.fromEntries(
    Object.entries(keyfields).map(([name, field]) => {
      const here = [...path, name];
      if (!isObject(field)) return [name, field];
      sources.ignored(field, here, ['type', 'values']);
      const given = field['type'];
      if (!('values' in field)) {
        const type = isBareDecimal(given) ? given : importedType(given, [...here, 'type'], provider, sources);
        if (!anyValues) return [name, { type }];
        sources.warn(here, 'has no values: it is NULL in every experiment; give values, or remove it');
        return [name, { type, values: [null] }];
      }
      return [name, withValues(given, field['values'], [...here, 'values'], String(provider), sources)];
    }),
  );
};

const withValues = (
  type: unknown,
  given: unknown,
  path: Path,
  provider: string,
  sources: SettingsSources,
): Readonly<Record<string, unknown>> => {
  const list = listOf(given, path, sources);
  if (!list) return { type, values: given };
  const fractions = list.some(({ value }) => typeof value === 'number' && !Number.isInteger(value));
  const typePath = [...path.slice(0, -1), 'type'];
  const whole = isBareDecimal(type) && !fractions;
  const imported = whole ? type : importedType(type, typePath, provider, sources, list);
  if (kindOf(imported) !== 'text') {
    // A range of integers means the same to us, and stays as short as it was written.
    const asWritten = isObject(given) && !list.some(({ float }) => float);
    return { type: imported, values: asWritten ? rangeOf(given) : list.map(({ value }) => value) };
  }
  const { values, mixed } = textsOfList(list, provider);
  if (mixed) {
    const texts = values.slice(0, 5).map((value) => JSON.stringify(value));
    const more = values.length > texts.length ? ', …' : '';
    sources.warn(
      path,
      `values of several types: PyExperimenter stores ${texts.join(', ')}${more}, and so does ts-experimenter; write all of them as texts`,
    );
  }
  return { type: imported, values };
};

const rangeOf = ({ start, stop, step = 1 }: Readonly<Record<string, unknown>>) => ({ start, stop, step });

/** Undefined: the problem is reported already, or by the checks of every configuration. */
const listOf = (given: unknown, path: Path, sources: SettingsSources): readonly PythonValue[] | undefined => {
  const at = (value: unknown, key: string): PythonValue => ({
    value,
    float: sources.document.float?.([...path, key]) ?? false,
  });
  if (Array.isArray(given)) return given.map((value: unknown, index) => at(value, String(index)));
  if (!isObject(given)) {
    if (given === null) return undefined;
    sources.warn(
      path,
      `found ${described(given)} instead of a list, which stops PyExperimenter; it is taken as a list of one`,
    );
    return [{ value: given, float: sources.document.float?.(path) ?? false }];
  }
  sources.ignored(given, path, ['start', 'stop', 'step']);
  const { start, stop, step = 1 } = given;
  if (start === undefined || stop === undefined) {
    sources.problems.add(path, described(given), 'a list, or a range with start and stop (and step, 1 if left out)');
    return undefined;
  }
  const values = arange(at(start, 'start'), at(stop, 'stop'), at(step, 'step'));
  if (typeof values !== 'string') return values;
  sources.problems.line(path, values);
  return undefined;
};
