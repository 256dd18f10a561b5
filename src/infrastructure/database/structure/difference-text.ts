import { type ColumnDifference, keyColumns, nameIn } from './column-differences.ts';
import type { ColumnPlan, TablePlan } from '../schema/table-plans.ts';
import type { Sql } from '../connection/sql.ts';
import type { StudyTables } from '../schema/study-tables.ts';
import type { TableDefinition } from '../schema/table-definition.ts';

/** A difference as text, and the flags of `fill --alter` that remove it. `flags` is absent if no flags remove it. */
export interface ExplainedDifference {
  readonly text: string;
  readonly flags?: readonly string[];
}

/**
 * The differences of a table as text, with the possible remedies. Reads the experiments if a keyfield could be removed.
 */
export const explained = async (
  sql: Sql,
  tables: StudyTables,
  plan: TablePlan,
  found: TableDefinition,
  differences: readonly ColumnDifference[],
): Promise<readonly ExplainedDifference[]> => {
  const keys = differences.filter(({ kind }) => kind === 'key').map(({ name }) => name);
  const alike = keys.length === 0 ? undefined : await alikeWithout(sql, tables, found, keys);
  const lacking = (kind: ColumnDifference['kind']): readonly ColumnPlan[] =>
    plan.columns.filter((column) => {
      const isKey = plan.kind === 'main' && tables.study.keyfields.some(({ name }) => name === column.name);
      return (
        column.field && isKey === (kind === 'key') && nameIn(found, tables.database.dialect, column.name) === undefined
      );
    });
  return differences.map((difference) => {
    const fields = lacking(difference.kind);
    const sole = fields.length === 1 && differences.filter(({ kind }) => kind === difference.kind).length === 1;
    return explainedOne(plan, difference, fields, alike, sole);
  });
};

const explainedOne = (
  plan: TablePlan,
  difference: ColumnDifference,
  lacking: readonly ColumnPlan[],
  alike: number | undefined,
  /** Exactly one column may have been renamed, and exactly one field is missing. */
  sole: boolean,
): ExplainedDifference => {
  const { kind, name, type } = difference;
  const here = `table ${plan.name}, column ${name}`;
  switch (kind) {
    case 'type':
      return {
        text: `${here}: expected ${difference.field.type}, found ${type}; change the configuration back, or convert the column`,
        flags: [],
      };
    case 'case':
      return {
        text: `${here}: the configuration writes its name ${difference.field.name}; write ${name} there, or rename the column`,
        flags: [],
      };
    case 'own':
      return {
        text:
          `${here}: this version of ts-experimenter does not know it; use the version that has added it, ` +
          'or begin again: "ts-experimenter delete", then "ts-experimenter fill"',
      };
    case 'key':
    case 'needed': {
      const what = kind === 'key' ? 'tells experiments apart' : 'has no default, so no row can be added without it';
      const renames = lacking.map((field) => `--rename ${shellWord(`${name}=${field.name}`)}`);
      const drop = `--drop ${shellWord(name)}`;
      const isDropped = kind === 'needed' || alike === undefined;
      const ways = [
        `add it there (it is ${type})`,
        ...renames.map((flag) => `rename it (${flag})`),
        ...(isDropped ? [`remove it with all its values (${drop})`] : []),
      ];
      const not = isDropped ? '' : `; it cannot be removed, as experiment ${alike} and another are the same without it`;
      // With several candidates the renamed column is unknown. A guess could lose values, so no command is proposed.
      const command = lacking.length > 0 ? (sole ? renames[0] : undefined) : isDropped ? drop : undefined;
      return {
        text: `${here}: it ${what}, and the configuration has no such field; ${ways.join(', or ')}${not}`,
        ...(command !== undefined && { flags: [command] }),
      };
    }
  }
};

/** The lines of a refusal, and the one command that removes all differences, if there is one. */
export const refusalLines = (found: readonly ExplainedDifference[]): readonly string[] => {
  const flags = new Set(found.flatMap((one) => one.flags ?? []));
  const isCommand = found.length > 0 && found.every((one) => one.flags !== undefined);
  const command = ['ts-experimenter fill --alter', ...flags].join(' ');
  return [
    ...found.map(({ text }) => text),
    ...(isCommand ? [`To alter the columns, which shows what it would do and asks: "${command}"`] : []),
  ];
};

const shellWord = (text: string): string =>
  /^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The lowest id of experiments that are identical without these keyfields. Undefined: no experiments are. */
export const alikeWithout = async (
  sql: Sql,
  tables: StudyTables,
  found: TableDefinition,
  gone: readonly string[],
): Promise<number | undefined> => {
  const { dialect } = tables.database;
  const left = [...keyColumns(found, tables)].filter((name) => !gone.includes(name));
  const groups = left.map((name) => dialect.binary(dialect.quote(name))).join(', ');
  const [row] = await sql.all(
    `SELECT MIN(id) FROM (SELECT MIN(ID) AS id FROM ${tables.main}${groups && ` GROUP BY ${groups}`} HAVING COUNT(*) > 1) alike`,
  );
  return row?.[0] === null || row?.[0] === undefined ? undefined : Number(row[0]);
};
