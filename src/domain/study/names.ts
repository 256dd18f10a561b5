import { shownValue, typeName } from '../values/refusal.ts';

/** The longest identifier of MySQL and MariaDB. */
export const longestName = 64;

/** 255 bytes less the ending: MySQL keeps a table in files of its name. */
const longestFileName = 251;

/** InnoDB reserves these names of columns, in any case. */
const innodbColumns = ['db_row_id', 'db_trx_id', 'db_roll_ptr', 'fts_doc_id'];

/** Databases ignore case: two names with the same folded form are one column. */
const foldedName = (name: string): string => name.toLowerCase();

/** The key path of a member: `table.keyfields.gamma`, or `table.keyfields["a\\nb"]` where the name would break the line. */
export const keyPath = (path: string, name: string): string =>
  /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}.]{1,100}$/u.test(name) ? `${path}.${name}` : `${path}[${shownValue(name)}]`;

/** The problem of a name of a field, a logtable or a study's table. Undefined: every database accepts it. */
export const nameProblem = (name: unknown): string | undefined => {
  if (typeof name !== 'string') return `found ${shownValue(name)} (${typeName(name)}); allowed is text`;
  const shown = shownValue(name);
  if (name === '') return 'found an empty name';
  if (name.length > longestName)
    return `found ${shown} with ${name.length} characters; allowed are at most ${longestName}`;
  if (!name.isWellFormed()) return `found half of a surrogate pair in ${shown}`;
  if (/[\u{10000}-\u{10ffff}]/u.test(name)) return `found ${shown}; MySQL takes no characters beyond U+FFFF in names`;
  if (/\p{Cc}/u.test(name)) return `found a control character in ${shown}`;
  if (/[.?\\]/.test(name)) return `found ${shown}; a name cannot contain . ? or \\`;
  if (/^\d/.test(name)) return `found ${shown}; a name cannot start with a digit`;
  if (name.trim() !== name) return `found ${shown}; a name cannot start or end with a space`;
  // Values are kept in objects by name, where these names have another meaning.
  if (['__proto__', 'constructor', 'prototype'].includes(name))
    return `${shown} is a name that JavaScript keeps for itself`;
  if (innodbColumns.includes(foldedName(name))) return `${shown} is a name that MySQL keeps for itself`;
  return undefined;
};

/** The use of a name in a table, and its place in the configuration. */
export interface NameUse {
  readonly path: string;
  readonly name: string;
  /** `keyfield`, `resultfield` …: for the message about a second use. */
  readonly what: string;
}

/** The problems of the names of one table: invalid names, and names that are used already. Lines begin with the path. */
export const nameProblems = (uses: readonly NameUse[], fixed: readonly string[]): readonly string[] => {
  const problems: string[] = [];
  const taken = new Map(fixed.map((name) => [foldedName(name), `a column ${name} that is always there`]));
  for (const { path, name, what } of uses) {
    const problem = nameProblem(name);
    const owner = taken.get(foldedName(name));
    if (problem) problems.push(`${path}: ${problem}`);
    else if (owner)
      problems.push(`${path}: the name ${name} is taken by ${owner} (case makes no difference); choose another`);
    else taken.set(foldedName(name), `the ${what} ${name}`);
  }
  return problems;
};

/** The problem of a table's name that is made of valid names. Undefined: every database accepts it. */
export const tableNameProblem = (table: string): string | undefined => {
  const shown = shownValue(table);
  if (table.length > longestName)
    return `the table ${shown} has ${table.length} characters; allowed are at most ${longestName}`;
  // Any other character than letters, digits and _ takes up to five bytes in a file name.
  if (table.replace(/[^A-Za-z0-9_]/g, '@0000').length > longestFileName) {
    return (
      `the table ${shown} would have a file name of more than ${longestFileName} bytes on MySQL; ` +
      'allowed is a shorter name, or one of plain letters, digits and _'
    );
  }
  if (/^sqlite_/i.test(table)) return `found ${shown}; SQLite keeps names that start with sqlite_`;
  return undefined;
};
