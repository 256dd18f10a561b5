import { parseColumnType } from '../values/column-type.ts';
import type { Column, ColumnType } from '../values/column.ts';
import { ExperimenterError } from '../errors.ts';
import { type NameUse, keyPath, nameProblem, nameProblems, tableNameProblem } from './names.ts';
import type { Logtable, StudyDefinition } from './study-definition.ts';
import { fixedColumns, fixedLogColumns, timestampColumnName } from './table-layout.ts';
import { emissionsTableName, logtableName } from './table-names.ts';
import { shownValue, typeName } from '../values/refusal.ts';

/** Types by column name, as a configuration writes them. */
export type ColumnInput = Readonly<Record<string, string>>;

/** The declaration of a study. */
export interface StudyInput {
  readonly table: string;
  readonly keyfields: ColumnInput;
  readonly resultfields?: ColumnInput;
  readonly resultTimestamps?: boolean;
  readonly logtables?: Readonly<Record<string, ColumnInput>>;
  readonly emissions?: boolean;
}

/**
 * Validates a whole study. Throws one `STUDY_INVALID` with a line for each problem. A line begins with the key path in the
 * configuration file. The input may have other types than declared.
 */
export const defineStudy = (input: StudyInput): StudyDefinition => {
  const problems: string[] = [];
  const resultTimestamps: unknown = input.resultTimestamps ?? false;
  if (typeof resultTimestamps !== 'boolean') {
    problems.push(`table.resultTimestamps: ${found(resultTimestamps)}; allowed are true and false`);
  }
  const study: StudyDefinition = {
    table: input.table,
    keyfields: readColumns(input.keyfields, 'table.keyfields', '.type', problems),
    resultfields: readColumns(input.resultfields ?? {}, 'table.resultfields', '', problems),
    resultTimestamps: resultTimestamps === true,
    logtables: readMap(input.logtables ?? {}, 'table.logtables', problems).map(([name, types]) => ({
      name,
      columns: readColumns(types, keyPath('table.logtables', name), '', problems),
    })),
    ...(input.emissions === true && { emissions: true }),
  };
  if (study.keyfields.length === 0 && problems.length === 0) {
    problems.push('table.keyfields: found none; a study needs at least one');
  }
  problems.push(...tableProblems(study), ...fieldProblems(study), ...logtableProblems(study.logtables));
  if (problems.length > 0) throw new ExperimenterError('STUDY_INVALID', problems.join('\n'));
  return study;
};

const found = (value: unknown): string => `found ${shownValue(value)} (${typeName(value)})`;

const readMap = (map: unknown, path: string, problems: string[]): readonly [string, unknown][] => {
  if (typeof map === 'object' && map !== null && !Array.isArray(map)) return Object.entries(map);
  problems.push(`${path}: ${found(map)}; allowed is a map of names`);
  return [];
};

/** Stands for a type that could not be read, so that the column's name is still checked. */
const unreadable: ColumnType = parseColumnType('TEXT');

const readColumns = (map: unknown, path: string, suffix: string, problems: string[]): readonly Column[] =>
  readMap(map, path, problems).map(([name, type]) => ({
    name,
    type: readType(type, `${keyPath(path, name)}${suffix}`, problems),
  }));

const readType = (text: unknown, path: string, problems: string[]): ColumnType => {
  if (typeof text !== 'string') {
    problems.push(`${path}: ${found(text)}; allowed is a SQL type as text, for example "DOUBLE"`);
    return unreadable;
  }
  try {
    return parseColumnType(text);
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    return unreadable;
  }
};

const tableProblems = (study: StudyDefinition): readonly string[] => {
  const problem = nameProblem(study.table) ?? tableNameProblem(study.table);
  if (problem) return [`table.name: ${problem}`];
  // Packages keep tables in objects by name, where such a name would be a method.
  if (study.table in {}) return [`table.name: ${shownValue(study.table)} is a name that JavaScript keeps for itself`];
  // The names of PyExperimenter's tables cannot be shortened; those of ours can.
  const beside = [
    ...study.logtables.map(({ name }) => logtableName(study, name)),
    ...(study.emissions === true ? [emissionsTableName(study)] : []),
  ];
  for (const table of beside) {
    const tooMuch = tableNameProblem(table);
    if (tooMuch) return [`table.name: found ${shownValue(study.table)}, with which ${tooMuch}`];
  }
  return [];
};

const fieldProblems = (study: StudyDefinition): readonly string[] => {
  const uses: NameUse[] = study.keyfields.map(({ name }) => ({
    path: keyPath('table.keyfields', name),
    name,
    what: 'keyfield',
  }));
  for (const { name } of study.resultfields) {
    const path = keyPath('table.resultfields', name);
    uses.push({ path, name, what: 'resultfield' });
    if (study.resultTimestamps) uses.push({ path, name: timestampColumnName(name), what: 'result timestamp' });
  }
  return nameProblems(uses, fixedColumns);
};

const logtableProblems = (logtables: readonly Logtable[]): readonly string[] => {
  const tables = logtables.map(({ name }) => ({ path: keyPath('table.logtables', name), name, what: 'logtable' }));
  const problems = [...nameProblems(tables, [])];
  for (const { name: logtable, columns } of logtables) {
    const path = keyPath('table.logtables', logtable);
    const uses = columns.map(({ name }) => ({ path: keyPath(path, name), name, what: 'column' }));
    problems.push(...nameProblems(uses, fixedLogColumns));
    if (columns.length === 0) problems.push(`${path}: found no columns; a logtable needs at least one`);
  }
  return problems;
};
