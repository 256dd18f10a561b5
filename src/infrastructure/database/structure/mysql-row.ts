import type { ColumnPlan } from '../schema/table-plans.ts';

/* The size of a row in MySQL and MariaDB, as the server calculates it: the maximum of each column. */

/** MySQL and MariaDB calculate text columns differently. */
export type MysqlKind = 'mysql' | 'mariadb';

/** The bytes of a character in the server's character set utf8mb4. */
const BYTES_OF_CHARACTER = 4;
/** Columns with a larger maximum store their length in two bytes. */
const ONE_BYTE_LENGTH = 255;
/** The bytes of each record: its header, the transaction id, and the pointer to the previous version of the row. */
const HEADER = 5 + 6 + 7;

/** The bytes of one column. */
interface Width {
  /** The bytes that count for the server's limit of a row. */
  readonly row: number;
  /** The bytes that count for InnoDB's limit of a page: the bytes of a number, or the maximum bytes of a text. */
  readonly page: number | { readonly text: number };
}

/**
 * The bytes that InnoDB counts for a text of at most `most` bytes, with its length. InnoDB may store such a text
 * outside of the page.
 */
const textInPage = (most: number, server: MysqlKind): number => {
  if (server === 'mysql') return Math.min(most, 40) + 1;
  return (most > ONE_BYTE_LENGTH ? 20 : most) + 1;
};

const fixed = (bytes: number): Width => ({ row: bytes, page: bytes });

/** A text of at most `most` bytes, plus one or two bytes for its length. */
const varying = (most: number): Width => ({
  row: most + (most > ONE_BYTE_LENGTH ? 2 : 1),
  page: { text: most },
});

/** A TEXT or JSON column, of which only `row` bytes count for the row. */
const pointed = (row: number): Width => ({ row, page: { text: Infinity } });

const simple: Readonly<Record<string, Width>> = {
  TINYINT: fixed(1),
  BOOL: fixed(1),
  BOOLEAN: fixed(1),
  SMALLINT: fixed(2),
  MEDIUMINT: fixed(3),
  INT: fixed(4),
  INTEGER: fixed(4),
  BIGINT: fixed(8),
  FLOAT: fixed(4),
  REAL: fixed(8),
  DOUBLE: fixed(8),
  'DOUBLE PRECISION': fixed(8),
  DATE: fixed(3),
  TINYTEXT: pointed(9),
  TEXT: pointed(10),
  MEDIUMTEXT: pointed(11),
  LONGTEXT: pointed(12),
  JSON: pointed(12),
};

/** Nine digits take four bytes. The remaining digits take as few bytes as possible. */
const decimalBytes = (digits: number): number => Math.floor(digits / 9) * 4 + Math.ceil((digits % 9) / 2);

const widthOf = (type: string): Width => {
  const [, word = '', first = '', second = ''] = /^([A-Z]+(?: PRECISION)?)(?:\((\d+)(?:,(\d+))?\))?/.exec(type) ?? [];
  const given = Number(first);
  const bytes = / CHARACTER SET ascii/.test(type) ? 1 : BYTES_OF_CHARACTER;
  switch (word) {
    case 'VARCHAR':
      return varying(given * bytes);
    case 'CHAR':
      return bytes === 1 ? fixed(given) : { row: given * bytes, page: { text: given * bytes } };
    case 'DECIMAL':
    case 'NUMERIC':
      return fixed(decimalBytes(given - Number(second)) + decimalBytes(Number(second)));
    case 'DATETIME':
      return fixed(5 + Math.ceil(given / 2));
    case 'TIMESTAMP':
      return fixed(4 + Math.ceil(given / 2));
    case 'TIME':
      return fixed(3 + Math.ceil(given / 2));
    case 'FLOAT':
      return fixed(given > 24 ? 8 : 4);
    default:
      return simple[word] ?? fixed(0); // an unknown type: the server decides whether it accepts it
  }
};

/** The bytes of a row of these columns: in total as the server counts them, and in the page as InnoDB counts them. */
export const mysqlRow = (
  columns: readonly ColumnPlan[],
  server: MysqlKind,
): { readonly bytes: number; readonly pageBytes: number } => {
  const nullable = Math.ceil(columns.filter((column) => column.nullable).length / 8);
  let [bytes, pageBytes] = [nullable, nullable + HEADER];
  for (const { type } of columns) {
    const { row, page } = widthOf(type);
    bytes += row;
    pageBytes += typeof page === 'number' ? page : textInPage(page.text, server);
  }
  return { bytes, pageBytes };
};
