import type { Filter } from '../../domain/filter.ts';
import type { StoredValue } from '../../domain/column-type.ts';
import type { StudyTables } from './study-tables.ts';

/** A condition with its bound parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly StoredValue[];
}

/** A placeholder until the domain's `matches` is there to agree with. */
export const filterCondition = (_filter: Filter, _tables: StudyTables): Condition => {
  throw new Error('not yet');
};
