import type { StudyDefinition } from './study-definition.ts';
import { longestName, tableNameProblem } from './names.ts';

/* How the database's tables of a study are named. */

type Named = Pick<StudyDefinition, 'table'>;

/** The tables of ours that stand beside the main table of every study. */
export type CompanionTable = 'runners' | 'leases' | 'attempts' | 'fills' | 'grids';

/** The database's name of a logtable; PyExperimenter's. */
export const logtableName = (study: Named, logtable: string): string => `${study.table}__${logtable}`;

/** The database's name of the table of energy and carbon; PyExperimenter's. */
export const emissionsTableName = (study: Named): string => `${study.table}_codecarbon`;

/**
 * The database's name of a table of ours: `<table>_<companion>`, or a shorter name where a database would refuse that.
 */
export const companionTableName = (study: Named, companion: CompanionTable): string =>
  `${companionBase(study.table)}_${companion}`;

/** The longest ending of a table of ours. */
const longestEnding = '_attempts';

/** The number of letters of the hash in a shortened name. */
const hashLength = 16;

/** How many characters of the main table's name a shortened name begins with. */
const beginning = longestName - 'ts_'.length - '_'.length - hashLength - longestEnding.length;

/**
 * What the names of our tables begin with: the name of the main table. Where a database would refuse one of them, the
 * beginning of that name and a hash of it.
 */
const companionBase = (table: string): string =>
  tableNameProblem(table + longestEnding) === undefined ? table : `ts_${table.slice(0, beginning)}_${tableHash(table)}`;

/**
 * Names that differ only in case get hashes that differ only in case: they are one table where the databases ignore
 * case, and two where they do not.
 */
const tableHash = (table: string): string => {
  const cases = fnv1a(table);
  const letters = fnv1a(table.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  return Array.from({ length: hashLength }, (_, at) => {
    const letter = 97 + Number((letters >> BigInt(4 * at)) & 15n);
    return String.fromCharCode((cases >> BigInt(at)) & 1n ? letter - 32 : letter);
  }).join('');
};

/** The hash FNV-1a of 64 bits, over UTF-16 units. */
const fnv1a = (text: string): bigint => {
  let state = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1)
    state = ((state ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return state;
};
