import { fixedColumns, resultColumns } from '../../../domain/study/table-layout.ts';
import type { StudyTables } from '../schema/study-tables.ts';

/** A column in a filter: as text, as a number, or, for JSON, as the type of each value. */
export interface FieldSql {
  readonly isNull: string;
  readonly text?: {
    /** The condition for a value that is text. Empty: every value is. */
    readonly when: string;
    /** The text, in a form that is compared by its bytes. */
    readonly bytes: string;
    /** The placeholder for the bound text, in a form that is compared with `bytes`. */
    readonly bound: string;
    /** The position of the bound text in the value. 0: the value does not contain it. */
    readonly contains: string;
  };
  readonly number?: {
    readonly when: string;
    readonly value: string;
    readonly bound: string;
    /** Whether the number is a 64-bit integer. Otherwise it is a double. */
    readonly integer: boolean;
  };
}

/** The SQL of a column. Undefined: the column does not exist. */
export const fieldSql = (name: string, tables: StudyTables): FieldSql | undefined => {
  const { quote, name: dialect } = tables.database.dialect;
  const sqlite = dialect === 'sqlite';
  const expression = quote(name);
  const integer = (value: string) => ({ when: '', value, bound: sqlite ? '?' : 'CAST(? AS SIGNED)', integer: true });
  if (name === 'ID') return { isNull: 'ID IS NULL', number: integer('ID') };
  const column = [...tables.study.keyfields, ...resultColumns(tables.study), ...(tables.study.undeclared ?? [])].find(
    (candidate) => candidate.name === name,
  );
  if (!column && !fixedColumns.some((fixed) => fixed === name)) return undefined;
  const isNull = `${expression} IS NULL`;
  switch (column?.type.kind) {
    case 'integer':
    case 'boolean':
      return { isNull, number: integer(expression) };
    case 'real':
    case 'decimal': {
      // A FLOAT of single precision is compared with the number in single precision.
      const bound = sqlite ? '?' : column.type.sql === 'FLOAT' ? 'CAST(? AS FLOAT)' : '(? + 0e0)';
      return { isNull, number: { when: '', value: expression, bound, integer: false } };
    }
    case 'json':
      return sqlite ? sqliteJson(expression) : mysqlJson(expression);
    default:
      return { isNull, text: sqlite ? sqliteText('', `CAST(${expression} AS TEXT)`) : mysqlText('', expression) };
  }
};

const sqliteText = (when: string, bytes: string): NonNullable<FieldSql['text']> => ({
  when,
  bytes,
  bound: '?',
  contains: `instr(${bytes}, ?)`,
});

const mysqlText = (when: string, expression: string): NonNullable<FieldSql['text']> => {
  // The bytes of UTF-8, for any character set of the column. Their order is the order of code points.
  const bytes = `CAST(CONVERT(${expression} USING utf8mb4) AS BINARY)`;
  return { when, bytes, bound: 'CAST(? AS BINARY)', contains: `LOCATE(CAST(? AS BINARY), ${bytes})` };
};

const sqliteJson = (expression: string): FieldSql => {
  const type = `CASE WHEN json_valid(${expression}) THEN json_type(${expression}) END`;
  return {
    isNull: `${expression} IS NULL OR COALESCE(${type}, '') = 'null'`,
    text: sqliteText(`${type} = 'text'`, `(${expression} ->> '$')`),
    number: {
      when: `${type} IN ('integer', 'real', 'true', 'false')`,
      value: `(${expression} ->> '$')`,
      bound: '?',
      integer: false,
    },
  };
};

const mysqlJson = (expression: string): FieldSql => {
  const type = `JSON_TYPE(${expression})`;
  return {
    isNull: `${expression} IS NULL OR ${type} = 'NULL'`,
    text: mysqlText(`${type} = 'STRING'`, `JSON_UNQUOTE(${expression})`),
    number: {
      when: `${type} IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL', 'BOOLEAN')`,
      value: `(CASE ${type} WHEN 'BOOLEAN' THEN JSON_UNQUOTE(${expression}) = 'true' ELSE JSON_UNQUOTE(${expression}) + 0e0 END)`,
      bound: '(? + 0e0)',
      integer: false,
    },
  };
};
